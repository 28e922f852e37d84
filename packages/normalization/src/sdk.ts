import type { NormalizedEvent } from '@culprit/protocol';
import { isIpAddress } from './addresses.ts';
import {
  applyFields,
  bag,
  type FieldRule,
  fieldTable,
  listOrNote,
  objectOrNote,
  objectsOf,
  text,
} from './field-rules.ts';
import type { Draft } from './json-object.ts';
import type { Notes, Path } from './notes.ts';

type Sdk = NonNullable<NormalizedEvent['sdk']>;

const MAX_ENTRIES = 200;
const SDK: Path = { parent: null, key: 'sdk' };

const names: FieldRule = (value, notes, path, key) => {
  const list = listOrNote(value, notes, path, key);
  return list?.filter((item) => typeof item === 'string' && item.length <= 256).slice(0, MAX_ENTRIES);
};

const PACKAGE_FIELDS = fieldTable({ name: text(256), version: text(256) });

const packages: FieldRule = (value, notes, path, key) => {
  const list = listOrNote(value, notes, path, key)?.slice(0, MAX_ENTRIES);
  return (
    list &&
    objectsOf(list, notes, { parent: path, key }, (item, at) => applyFields(item, PACKAGE_FIELDS, notes, at))
  );
};

const clientIp: FieldRule = (value, notes, path, key) => {
  if (isIpAddress(value)) return value;
  notes.invalid(path, key, 'expected an ip address', value);
  return undefined;
};

const SDK_FIELDS = fieldTable({
  name: text(256),
  version: text(256),
  integrations: names,
  features: names,
  packages,
  settings: bag(1024, 3),
  client_ip: clientIp,
});

/** The SDK, from the event or else from `name/version` of the request's authentication. */
export function normalizeSdk(value: unknown, sdkClient: string | undefined, notes: Notes): Sdk | undefined {
  const raw = objectOrNote(value, notes, null, 'sdk');
  if (raw === undefined) return fromClient(sdkClient);
  const sdk = applyFields(raw, SDK_FIELDS, notes, SDK) as Draft<Sdk>;
  if (Object.keys(sdk).length === 0) return fromClient(sdkClient);
  for (const key of ['name', 'version'] as const) {
    if (!sdk[key]) notes.note(SDK, key, 'missing_attribute');
  }
  return sdk;
}

function fromClient(client: string | undefined): Sdk | undefined {
  const match = client === undefined ? null : /^([^/\s]{1,256})[/\s]([^/\s]{1,256})$/.exec(client.trim());
  return match === null ? undefined : { name: match[1] ?? '', version: match[2] ?? '' };
}
