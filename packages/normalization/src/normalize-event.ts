import type {
  AttachmentReference,
  EventError,
  EventId,
  JsonObject,
  Level,
  NormalizedEvent,
  ProjectId,
} from '@culprit/protocol';
import { type Budget, bound, boundBag } from './bags.ts';
import { normalizeBreadcrumbs } from './breadcrumbs.ts';
import { normalizeContexts } from './contexts.ts';
import { normalizeExceptions } from './exception.ts';
import { limited } from './field-rules.ts';
import { normalizeFingerprint } from './fingerprint.ts';
import { normalizeStacktrace } from './frames.ts';
import { type Draft, isObject, isStorableKey, type OpenDraft } from './json-object.ts';
import { parseLevel } from './levels.ts';
import { normalizeLogentry } from './logentry.ts';
import { Notes, type Path } from './notes.ts';
import { normalizeDist, normalizeEnvironment, normalizeRelease } from './release.ts';
import { headerOf, normalizeRequest } from './request.ts';
import { normalizeSdk } from './sdk.ts';
import { asPairs, normalizeTags, setTag } from './tags.ts';
import { scalarText } from './text.ts';
import { normalizeThreads } from './threads.ts';
import { eventClock, eventTimestamp } from './timestamps.ts';
import { topLevelFields } from './top-level.ts';
import { normalizeUser } from './user.ts';

/** What the server knows of an event besides its payload. */
export interface NormalizationContext {
  readonly projectId: ProjectId;
  readonly keyId: string | number | null;
  readonly eventId: EventId;
  /** Unix milliseconds. */
  readonly received: number;
  /** `sent_at` of the envelope header. */
  readonly sentAt?: string | number | undefined;
  readonly clientIp?: string | undefined;
  /** Of the request that brought the event. */
  readonly userAgent?: string | undefined;
  /** `name/version`. */
  readonly sdkClient?: string | undefined;
  readonly itemType: string;
  readonly attachments?: readonly AttachmentReference[] | undefined;
  /** Older events get the time of receipt. Default 90. */
  readonly retentionDays?: number | undefined;
}

export type NormalizationResult =
  | { readonly ok: true; readonly event: NormalizedEvent }
  | { readonly ok: false; readonly reason: 'invalid_json' | 'timestamp' };

/**
 * The event as it is stored, from a decoded payload. Never throws. An invalid value is left out and noted in `errors` and `_meta`; an event
 * is refused only when the payload is no object or its timestamp lies before 1970.
 */
export function normalizeEvent(payload: unknown, context: NormalizationContext): NormalizationResult {
  if (!isObject(payload)) return { ok: false, reason: 'invalid_json' };
  const notes = new Notes();
  const fields = topLevelFields(payload, notes);
  const clock = eventClock(context.received, context.sentAt);
  const timestamp = eventTimestamp(fields.timestamp, clock, context.retentionDays ?? 90, notes);
  if (timestamp === undefined) return { ok: false, reason: 'timestamp' };

  const event: Draft<NormalizedEvent> = {
    event_id: context.eventId,
    project: context.projectId,
    key_id: context.keyId === null ? null : String(context.keyId),
    received: clock.received,
    timestamp,
    type: 'default',
    level: levelOf(fields.level, notes),
    version: textField(fields, 'version', 32, notes) ?? '7',
    platform: platformOf(fields.platform),
  };
  setNames(event, fields, notes);
  setMessages(event, fields, notes);
  setSurroundings(event, fields, context, notes);
  assign(event, 'breadcrumbs', normalizeBreadcrumbs(fields.breadcrumbs, clock, notes));
  setBags(event, fields, notes);
  event.type = typeOf(fields.type, event, context.itemType);
  if (context.attachments?.length) event.attachments = context.attachments;
  const errors = [...sentErrors(fields.errors), ...notes.errors];
  if (errors.length > 0) event.errors = errors;
  assign(event, '_meta', notes.metaTree());
  return { ok: true, event };
}

function assign<K extends keyof NormalizedEvent>(
  event: Draft<NormalizedEvent>,
  key: K,
  value: NormalizedEvent[K] | undefined,
): void {
  if (value !== undefined) event[key] = value;
}

/** Fields that name something: release, environment, logger; and tags, which some fields become. */
function setNames(event: Draft<NormalizedEvent>, fields: OpenDraft, notes: Notes): void {
  const release = normalizeRelease(fields.release, notes);
  assign(event, 'release', release);
  assign(event, 'dist', normalizeDist(fields.dist, release, notes));
  const tags = normalizeTags(fields.tags, notes);
  assign(
    event,
    'environment',
    normalizeEnvironment(fields.environment, notes) ?? normalizeEnvironment(tags.environment, notes),
  );
  for (const key of ['server_name', 'site'] as const) {
    const value = textField(fields, key, 256, notes);
    if (value) setTag(tags.pairs, key, value.slice(0, 200));
  }
  assign(event, 'tags', asPairs(tags.pairs));
  const logger = textField(fields, 'logger', 64, notes);
  if (logger && !logger.includes('\n')) event.logger = logger;
  for (const key of ['transaction', 'culprit'] as const) {
    const value = textField(fields, key, 200, notes)?.trim();
    if (value) event[key] = value;
  }
  assign(event, 'fingerprint', normalizeFingerprint(fields.fingerprint, notes));
  const checksum = textField(fields, 'checksum', 128, notes);
  if (checksum) event.checksum = checksum;
}

/** What happened: message, exceptions, threads. */
function setMessages(event: Draft<NormalizedEvent>, fields: OpenDraft, notes: Notes): void {
  assign(event, 'logentry', normalizeLogentry(fields.logentry, notes));
  const stacktrace =
    fields.stacktrace === undefined
      ? undefined
      : normalizeStacktrace(fields.stacktrace, notes, null, 'stacktrace');
  const exceptions = normalizeExceptions(fields.exception, stacktrace, notes);
  if (exceptions !== undefined) event.exception = { values: exceptions.values };
  if (!exceptions?.usedStacktrace) assign(event, 'stacktrace', stacktrace);
  assign(event, 'threads', normalizeThreads(fields.threads, notes));
}

/** Who and where: sdk, request, user, contexts. */
function setSurroundings(
  event: Draft<NormalizedEvent>,
  fields: OpenDraft,
  context: NormalizationContext,
  notes: Notes,
): void {
  const sdk = normalizeSdk(fields.sdk, context.sdkClient, notes);
  assign(event, 'sdk', sdk);
  const request = normalizeRequest(fields.request, notes);
  assign(event, 'request', request);
  const settings = isObject(sdk?.settings) ? sdk.settings : undefined;
  const env = isObject(request?.env) ? request.env : undefined;
  const sources = {
    platform: event.platform,
    inferIp: settings?.infer_ip,
    clientIp: context.clientIp,
    remoteAddress: env?.REMOTE_ADDR,
  };
  assign(event, 'user', normalizeUser(fields.user, sources, notes));
  // A browser sends its events itself, so its request tells what an event without headers does not.
  const userAgent =
    headerOf(request, 'User-Agent') ?? (event.platform === 'javascript' ? context.userAgent : undefined);
  assign(event, 'contexts', normalizeContexts(fields.contexts, userAgent, event.platform, notes));
}

/** Bags of the whole event: bytes and depth. */
const BAGS = [
  ['modules', 8192, 7],
  ['debug_meta', 262_144, 7],
  ['template', 16_384, 5],
  ['csp', 65_536, 5],
  ['hpkp', 65_536, 5],
  ['expectct', 65_536, 5],
  ['expectstaple', 65_536, 5],
  ['transaction_info', 2048, 3],
] as const;

function setBags(event: Draft<NormalizedEvent>, fields: OpenDraft, notes: Notes): void {
  for (const [key, maxBytes, maxDepth] of BAGS) {
    const value = fields[key];
    if (value === undefined) continue;
    if (isObject(value)) event[key] = boundBag(value, maxBytes, maxDepth, notes, null, key) as JsonObject;
    else notes.invalid(null, key, 'expected an object', value);
  }
  if (fields.extra !== undefined) assign(event, 'extra', normalizeExtra(fields.extra, notes));
}

/** Extra has a budget for all and one for each value. */
function normalizeExtra(value: unknown, notes: Notes): JsonObject | undefined {
  if (!isObject(value)) {
    notes.invalid(null, 'extra', 'expected an object', value);
    return undefined;
  }
  const path: Path = { parent: null, key: 'extra' };
  const extra: { [key: string]: JsonObject[string] } = {};
  let left = 262_144;
  for (const key in value) {
    if (left <= 0) {
      notes.shortened(null, 'extra', Object.keys(value).length);
      break;
    }
    if (!isStorableKey(key) || key.length > left) continue;
    const given = Math.min(16_384, left);
    const budget: Budget = { left: given };
    extra[key] = bound(value[key], budget, 6, notes, path, key);
    left -= given - budget.left + key.length + 4;
  }
  return Object.keys(extra).length === 0 ? undefined : extra;
}

function textField(fields: OpenDraft, key: string, limit: number, notes: Notes): string | undefined {
  const value = fields[key];
  if (value === undefined) return undefined;
  const text = scalarText(value);
  if (text !== undefined) return limited(text.length > 4096 ? text : text.trim(), limit, 0, notes, null, key);
  notes.invalid(null, key, 'expected a string', value);
  return undefined;
}

function levelOf(value: unknown, notes: Notes): Level {
  if (value === undefined) return 'error';
  const level = parseLevel(value);
  if (level === undefined) notes.invalid(null, 'level', 'expected a level', value);
  return level ?? 'error';
}

const PLATFORMS: ReadonlySet<string> = new Set(
  `as3 c cfml cocoa csharp dart elixir go groovy haskell java javascript native node objc other perl php
   powershell python ruby rust swift`.split(/\s+/),
);

function platformOf(value: unknown): string {
  const name = typeof value === 'string' ? value.toLowerCase() : '';
  return PLATFORMS.has(name) ? name : 'other';
}

const GIVEN_TYPES: ReadonlySet<unknown> = new Set([
  'transaction',
  'feedback',
  'csp',
  'hpkp',
  'expectct',
  'expectstaple',
]);

function typeOf(sent: unknown, event: Draft<NormalizedEvent>, itemType: string): string {
  if (itemType === 'feedback') return 'feedback';
  if (typeof sent === 'string' && GIVEN_TYPES.has(sent)) return sent;
  if (event.exception) return 'error';
  return ['csp', 'hpkp', 'expectct', 'expectstaple'].find((kind) => event[kind] !== undefined) ?? 'default';
}

/** Errors that the SDK itself noted. */
function sentErrors(value: unknown): EventError[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, 50)
    .filter((item): item is EventError => isObject(item) && typeof item.type === 'string')
    .map((item) => boundBag(item, 2048, 4, new Notes(), null, 'errors') as unknown as EventError);
}
