import {
  type AttachmentReference,
  CLIENT_HINT_HEADERS,
  type ClientHints,
  type EventError,
  type EventId,
  type JsonObject,
  type NormalizedEvent,
  type ProjectId,
  parseEventId,
} from '@culprit/protocol';
import { boundBag } from './bags.ts';
import { normalizeBreadcrumbs } from './breadcrumbs.ts';
import { levelOf, platformOf, typeOf } from './classification.ts';
import { normalizeContexts } from './contexts.ts';
import { normalizeDebugMeta } from './debug-meta.ts';
import { normalizeExceptions } from './exception.ts';
import { normalizeExtra } from './extra.ts';
import { limited, objectOrNote } from './field-rules.ts';
import { normalizeFingerprint } from './fingerprint.ts';
import { normalizeStacktrace } from './frames.ts';
import { type Draft, isObject, type OpenDraft } from './json-object.ts';
import { normalizeLogentry } from './logentry.ts';
import { nameCodes } from './mechanism.ts';
import { Notes } from './notes.ts';
import { normalizeDist, normalizeEnvironment, normalizeRelease } from './release.ts';
import { headerOf, normalizeRequest } from './request.ts';
import { normalizeSdk } from './sdk.ts';
import { mergeMeta } from './sent-meta.ts';
import { asPairs, normalizeTags, setTag } from './tags.ts';
import { scalarText } from './text.ts';
import { normalizeThreads } from './threads.ts';
import { eventClock, eventTimestamp, timestampRule } from './timestamps.ts';
import { topLevelFields } from './top-level.ts';
import { type GeoLookup, normalizeUser } from './user.ts';

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
  /** Of the request that brought the event. */
  readonly clientHints?: ClientHints | undefined;
  /** `name/version`. */
  readonly sdkClient?: string | undefined;
  readonly itemType: string;
  readonly attachments?: readonly AttachmentReference[] | undefined;
  /** Days; older events get the time of receipt. 0: for ever. Default 90. */
  readonly retentionDays?: number | undefined;
  /** Absent: the user gets no place but what was sent. */
  readonly geo?: GeoLookup | undefined;
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
    level: levelOf(fields.level, fields.type, notes),
    version: textField(fields, 'version', 32, notes) ?? '7',
    platform: platformOf(fields.platform),
  };
  if (fields.start_timestamp !== undefined) {
    event.start_timestamp = timestampRule(clock)(fields.start_timestamp, notes, null, 'start_timestamp');
  }
  setNames(event, fields, notes);
  setMessages(event, fields, notes);
  setSurroundings(event, fields, context, notes);
  assign(event, 'breadcrumbs', normalizeBreadcrumbs(fields.breadcrumbs, clock, notes));
  setBags(event, fields, notes);
  event.type = typeOf(fields.type, event, context.itemType);
  if (context.attachments?.length) event.attachments = context.attachments;
  const errors = [...sentErrors(fields.errors), ...notes.errors];
  if (errors.length > 0) event.errors = errors;
  assign(event, '_meta', mergeMeta(notes.metaTree(), fields._meta, event as JsonObject));
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
  if (fields.event_id !== undefined && parseEventId(fields.event_id) === undefined) {
    notes.invalid(null, 'event_id', 'invalid event identifier', fields.event_id);
  }
  const release = normalizeRelease(fields.release, notes);
  assign(event, 'release', release);
  assign(event, 'dist', normalizeDist(fields.dist, release, notes));
  const tags = normalizeTags(fields.tags, notes);
  assign(
    event,
    'environment',
    normalizeEnvironment(fields.environment, notes) ?? normalizeEnvironment(tags.environment, notes),
  );
  for (const key of ['server_name', 'site'] as const) setTag(tags.pairs, key, fields[key], notes);
  assign(event, 'tags', asPairs(tags.pairs));
  const logger = textField(fields, 'logger', 64, notes);
  if (logger?.includes('\n')) notes.invalid(null, 'logger', 'invalid characters in string', fields.logger);
  else if (logger) event.logger = logger;
  for (const [key, limit] of [
    ['transaction', 200],
    ['culprit', 200],
    ['checksum', 128],
  ] as const) {
    const value = textField(fields, key, limit, notes);
    if (value) event[key] = value;
  }
  assign(event, 'fingerprint', normalizeFingerprint(fields.fingerprint, notes));
  assign(event, 'time_spent', timeSpent(fields.time_spent, notes));
}

/** Milliseconds, 31 bits. */
function timeSpent(value: unknown, notes: Notes): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31 - 1) return value;
  notes.invalid(null, 'time_spent', 'expected an unsigned integer', value);
  return undefined;
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
  const { platform } = event;
  const sdk = normalizeSdk(fields.sdk, context.sdkClient, notes);
  assign(event, 'sdk', sdk);
  const request = normalizeRequest(fields.request, notes);
  assign(event, 'request', request);
  const settings = isObject(sdk?.settings) ? sdk.settings : undefined;
  const env = isObject(request?.env) ? request.env : undefined;
  const sources = {
    platform,
    inferIp: settings?.infer_ip,
    clientIp: context.clientIp,
    remoteAddress: env?.REMOTE_ADDR,
  };
  assign(event, 'user', normalizeUser(fields.user, sources, context.geo, notes));
  // A browser sends its events itself, so its request tells what an event without headers does not.
  const isBrowser = platform === 'javascript';
  const client = {
    platform,
    userAgent: headerOf(request, 'user-agent') ?? (isBrowser ? context.userAgent : undefined),
    hints: hintsOf(request) ?? (isBrowser ? context.clientHints : undefined),
  };
  const contexts = normalizeContexts(fields.contexts, client, notes);
  assign(event, 'contexts', contexts);
  if (event.exception) nameCodes(event.exception.values, contexts?.os?.name);
}

/** The client hints among the headers of the request that the event is about. */
function hintsOf(request: JsonObject | undefined): ClientHints | undefined {
  if (headerOf(request, 'sec-ch-ua') === undefined && headerOf(request, 'sec-ch-ua-platform') === undefined) {
    return undefined;
  }
  return Object.fromEntries(CLIENT_HINT_HEADERS.map((name) => [name, headerOf(request, name) ?? '']));
}

/** Bags of the whole event: bytes and depth. */
const BAGS = [
  ['modules', 8192, 7],
  ['template', 16_384, 5],
  ['csp', 65_536, 5],
  ['hpkp', 65_536, 5],
  ['expectct', 65_536, 5],
  ['expectstaple', 65_536, 5],
  ['transaction_info', 2048, 3],
] as const;

function setBags(event: Draft<NormalizedEvent>, fields: OpenDraft, notes: Notes): void {
  for (const [key, maxBytes, maxDepth] of BAGS) {
    const value = objectOrNote(fields[key], notes, null, key);
    if (value !== undefined) event[key] = boundBag(value, maxBytes, maxDepth, notes, null, key) as JsonObject;
  }
  assign(event, 'debug_meta', normalizeDebugMeta(fields.debug_meta, notes));
  assign(event, 'extra', normalizeExtra(fields.extra, notes));
}

function textField(fields: OpenDraft, key: string, limit: number, notes: Notes): string | undefined {
  const value = fields[key];
  if (value === undefined) return undefined;
  const text = scalarText(value);
  if (text !== undefined) return limited(text.trim(), limit, 0, notes, null, key);
  notes.invalid(null, key, 'expected a string', value);
  return undefined;
}

/** Errors that the SDK itself noted. */
function sentErrors(value: unknown): EventError[] {
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, 50)
    .filter((item): item is EventError => isObject(item) && typeof item.type === 'string')
    .map((item) => boundBag(item, 2048, 4, new Notes(), null, 'errors') as unknown as EventError);
}
