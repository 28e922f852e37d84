import type { User } from '@culprit/protocol';
import { clientAddress, isIpAddress } from './addresses.ts';
import { boundBag } from './bags.ts';
import {
  applyFields,
  bag,
  type FieldRule,
  fieldTable,
  lenientText,
  objectOrNote,
  record,
  text,
} from './field-rules.ts';
import { type Draft, isStorableKey, type OpenDraft } from './json-object.ts';
import type { Notes, Path } from './notes.ts';

const AUTO = '{{auto}}';

/** Platforms whose events come from the user's own machine. */
const CLIENT_PLATFORMS: ReadonlySet<string> = new Set(['javascript', 'cocoa', 'objc']);

const ipAddress: FieldRule = (value, notes, path, key) => {
  if (value === AUTO || isIpAddress(value)) return value;
  notes.invalid(path, key, 'expected an ip address', value);
  return undefined;
};

const USER_FIELDS = fieldTable({
  id: lenientText(128),
  email: lenientText(75),
  username: lenientText(128),
  name: lenientText(128),
  ip_address: ipAddress,
  geo: record(
    fieldTable({
      city: text(1024),
      country_code: text(1024),
      subdivision: text(1024),
      region: text(1024),
    }),
  ),
  segment: lenientText(128),
  sentry_user: lenientText(256),
  data: bag(2048, 5),
});

/** Fields that go to `data`, which has 2 KiB. */
const MAX_UNKNOWN_FIELDS = 200;
const USER: Path = { parent: null, key: 'user' };

/** What decides the address of the user. */
export interface AddressSources {
  readonly platform: string;
  /** `sdk.settings.infer_ip` as sent; undefined when absent. */
  readonly inferIp: unknown;
  readonly clientIp: string | undefined;
  /** `request.env.REMOTE_ADDR` as sent. */
  readonly remoteAddress: unknown;
}

/** Where an address is; undefined for one that the database does not have. Region is the country's name. */
export type GeoLookup = (ip: string) => GeoFacts | undefined;
export interface GeoFacts {
  readonly city?: string;
  readonly country_code?: string;
  readonly subdivision?: string;
  readonly region?: string;
}

/** The person; fields that the schema does not know go to `data`. Undefined when nothing is known of them. */
export function normalizeUser(
  value: unknown,
  sources: AddressSources,
  geo: GeoLookup | undefined,
  notes: Notes,
): User | undefined {
  const raw = objectOrNote(value, notes, null, 'user');
  const user: Draft<User> = raw === undefined ? {} : knownFields(raw, notes);
  const address = inferAddress(user.ip_address, sources);
  if (address !== undefined) user.ip_address = address;
  else delete user.ip_address;
  const place = address === undefined || user.geo !== undefined ? undefined : geo?.(address);
  if (place !== undefined) user.geo = place;
  return Object.keys(user).length === 0 ? undefined : user;
}

function knownFields(value: { readonly [key: string]: unknown }, notes: Notes): Draft<User> {
  const unknown: OpenDraft = {};
  let left = MAX_UNKNOWN_FIELDS;
  const user = applyFields(value, USER_FIELDS, notes, USER, (key, field) => {
    if (isStorableKey(key) && left-- > 0) unknown[key] = field;
  }) as Draft<User>;
  for (const key of ['id', 'email', 'username', 'name'] as const) {
    if (user[key] === '') delete user[key];
  }
  if (Object.keys(unknown).length > 0) {
    user.data = boundBag({ ...user.data, ...unknown }, 2048, 5, notes, USER, 'data') as NonNullable<
      User['data']
    >;
  }
  return user;
}

/** Relay 25.3: `auto` fills in, anything else that is set never does; without a setting it depends on the platform. */
function inferAddress(sent: string | null | undefined, sources: AddressSources): string | undefined {
  const client = clientAddress(sources.clientIp);
  const explicit = sent && sent !== AUTO ? sent : undefined;
  if (explicit !== undefined) return explicit;
  if (sources.inferIp === 'auto') return client;
  if (sources.inferIp !== undefined && sources.inferIp !== null) return undefined;
  if (sent === AUTO) return client;
  if (sources.remoteAddress === AUTO) return client;
  return (
    clientAddress(sources.remoteAddress) ?? (CLIENT_PLATFORMS.has(sources.platform) ? client : undefined)
  );
}
