import {
  corrected,
  type EventClock,
  eventClock,
  Notes,
  normalizeEnvironment,
  normalizeRelease,
  parseTimestamp,
} from '@culprit/normalization';
import { ANONYMOUS, userHashOf } from '@culprit/people';
import { drop, ok, type StageResult } from '@culprit/pipeline';
import { isNilEventId, type Json, type JsonObject, parseEventId } from '@culprit/protocol';
import type { DecodedItem, ReadSessions, SessionEnd, SessionPart, StageContext } from './types.ts';

/** Relay: a session that began longer ago, or a minute ahead of our clock, is dropped. Seconds. */
const OLDEST_SECONDS = 5 * 24 * 3600;
const FUTURE_SECONDS = 60;
/** SDKs send at most 100 buckets; more than this is no SDK. */
const MOST_BUCKETS = 1_000;
/** The largest count of a bucket (u32 on the wire). */
const MOST_SESSIONS = 2 ** 32 - 1;
/** `u64::MAX` as a number: such a sequence number is a broken one. */
const LAST_SEQUENCE = 2 ** 64;

/** What one session update, or one item of sums, adds to the sessions of its release. */
export function readSessions(item: DecodedItem, context: StageContext): StageResult<ReadSessions> {
  const { header, json, offset } = item;
  const attributes = objectOf(json.attrs) ?? {};
  const release = normalizeRelease(attributes.release, new Notes());
  if (release === undefined) return drop('invalid', 'payload');
  const clock = eventClock(header.received, header.sent_at);
  const secret = context.project(header.project_id)?.hashSecret ?? new Uint8Array();
  const parts =
    header.item_type === 'sessions' ? readSums(json, clock, secret) : readUpdate(item, clock, secret);
  if (typeof parts === 'string') return drop('invalid', parts);
  return ok({
    offset,
    header,
    release,
    environment: normalizeEnvironment(attributes.environment, new Notes()) ?? '',
    clientIp: header.client_ip,
    ipAddress: ipAddressOf(attributes.ip_address),
    userAgent: textOf(attributes.user_agent) ?? header.user_agent,
    parts,
  });
}

type Reason = 'payload' | 'timestamp';

/** One update of a session. A running session may have errors; only its first update counts it. */
function readUpdate(
  { header, json }: DecodedItem,
  clock: EventClock,
  secret: Uint8Array,
): readonly SessionPart[] | Reason {
  const isFirst = json.init === true;
  if (!isFirst && isLastSequence(json.seq)) return 'payload';
  const started = startOf(json, clock);
  if (typeof started === 'string') return started;
  const sid = sidOf(json.sid, header.id);
  if (sid === undefined) return 'payload';
  const status = textOf(json.status) ?? 'ok';
  const end = endOf(status);
  const isFaulty = end !== undefined || status === 'errored' || countOf(json.errors) > 0;
  return [
    {
      ...NO_SESSIONS,
      minute: minuteOf(started),
      started: isFirst ? 1 : 0,
      faulty: isFaulty ? { sid, end } : undefined,
      user: userOf(json.did, secret),
    },
  ];
}

const NO_SESSIONS = { started: 0, errored: 0, crashed: 0, abnormal: 0, unhandled: 0, faulty: undefined };

/** Sums of a server: `exited` are those that ended well. Buckets that are too old go, the others stay. */
function readSums(json: JsonObject, clock: EventClock, secret: Uint8Array): readonly SessionPart[] | Reason {
  if (!Array.isArray(json.aggregates)) return 'payload';
  const parts: SessionPart[] = [];
  let reason: Reason = 'payload';
  for (const value of (json.aggregates as readonly Json[]).slice(0, MOST_BUCKETS)) {
    const bucket = objectOf(value);
    const started = bucket === undefined ? 'payload' : startOf(bucket, clock);
    if (bucket === undefined || typeof started === 'string') {
      if (started === 'timestamp') reason = started;
      continue;
    }
    const [crashed, abnormal, unhandled] = [bucket.crashed, bucket.abnormal, bucket.unhandled].map(countOf);
    const errored = countOf(bucket.errored) + (crashed ?? 0) + (abnormal ?? 0) + (unhandled ?? 0);
    parts.push({
      ...NO_SESSIONS,
      minute: minuteOf(started),
      started: countOf(bucket.exited) + errored,
      errored,
      crashed: crashed ?? 0,
      abnormal: abnormal ?? 0,
      unhandled: unhandled ?? 0,
      user: userOf(bucket.did, secret),
    });
  }
  return parts.length > 0 ? parts : reason;
}

/** When the session began by our clock, unix seconds; or why it cannot be taken. */
function startOf(json: JsonObject, clock: EventClock): number | Reason {
  const sent = parseTimestamp(json.started);
  if (sent === undefined) return 'payload';
  const started = corrected(sent, clock);
  const told = parseTimestamp(json.timestamp);
  const timestamp = Math.max(started, told === undefined ? clock.received : corrected(told, clock));
  return [started, timestamp].every(
    (at) => at >= clock.received - OLDEST_SECONDS && at <= clock.received + FUTURE_SECONDS,
  )
    ? started
    : 'timestamp';
}

/** A number that JavaScript cannot hold may come as its digits. */
function isLastSequence(seq: Json | undefined): boolean {
  return (typeof seq === 'number' || typeof seq === 'string') && Number(seq) >= LAST_SEQUENCE;
}

function minuteOf(seconds: number): number {
  return Math.floor(seconds / 60) * 60_000;
}

function endOf(status: string): SessionEnd | undefined {
  return status === 'crashed' || status === 'abnormal' || status === 'unhandled' ? status : undefined;
}

/** 64 bits of the session's id; a session without one is a session of its own. Undefined for what is no id. */
function sidOf(value: Json | undefined, recordId: string): bigint | undefined {
  const hex = value === undefined || value === null || isNilEventId(value) ? recordId : parseEventId(value);
  return hex === undefined ? undefined : BigInt(`0x${hex.slice(0, 16)}`) ^ BigInt(`0x${hex.slice(16)}`);
}

/** The same hash as that of an event whose user has this id. */
function userOf(did: Json | undefined, secret: Uint8Array): bigint {
  const id = typeof did === 'number' ? String(did) : did;
  return typeof id === 'string' && id !== '' ? userHashOf(secret, { id }) : ANONYMOUS;
}

function countOf(value: Json | undefined): number {
  return typeof value === 'number' && value > 0 ? Math.min(Math.floor(value), MOST_SESSIONS) : 0;
}

function ipAddressOf(value: Json | undefined): string | undefined {
  return value === '{{auto}}' ? undefined : textOf(value);
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function objectOf(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}
