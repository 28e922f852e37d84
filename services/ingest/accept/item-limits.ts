import { type EnvelopeItem, type Refusal, refuse } from '@culprit/protocol';
import type { IngestLimits } from '../config.ts';

/** What items of one sort may weigh and how many there may be in an envelope. */
interface Limit {
  /** Bytes of one; of a container the bytes of an entry on average. */
  readonly itemBytes: number | 'event' | 'attachment';
  readonly count?: number;
  /** Bytes of all. */
  readonly totalBytes?: number;
}

type Sort =
  | 'event'
  | 'attachment'
  | 'session'
  | 'client_report'
  | 'check_in'
  | 'profile'
  | 'replay'
  | 'log'
  | 'span'
  | 'trace_metric'
  | 'metric';

const KIB = 1024;
const MIB = 1024 * KIB;
const MAX_ATTACHMENTS = 30;
const MAX_SMALL_ITEMS = 100;
const MAX_CONTAINER_BYTES = 12 * MIB;

/** Types that no rule names are bounded by the envelope only. */
const SORT_BY_TYPE: Readonly<Record<string, Sort>> = {
  event: 'event',
  transaction: 'event',
  security: 'event',
  raw_security: 'event',
  feedback: 'event',
  user_report_v2: 'event',
  replay_event: 'event',
  form_data: 'event',
  attachment: 'attachment',
  unreal_report: 'attachment',
  user_report: 'attachment',
  session: 'session',
  sessions: 'session',
  client_report: 'client_report',
  check_in: 'check_in',
  profile: 'profile',
  profile_chunk: 'profile',
  replay_recording: 'replay',
  replay_video: 'replay',
  log: 'log',
  otel_log: 'log',
  span: 'span',
  otel_span: 'span',
  trace_metric: 'trace_metric',
  statsd: 'metric',
  metric_buckets: 'metric',
};

/**
 * How much of each sort an envelope may hold, as Relay has it. A second event, profile or check-in is not refused here: it costs only
 * itself.
 */
const LIMITS: Readonly<Record<Sort, Limit>> = {
  event: { itemBytes: 'event' },
  attachment: { itemBytes: 'attachment', count: MAX_ATTACHMENTS },
  session: { itemBytes: 10 * MIB, count: MAX_SMALL_ITEMS, totalBytes: 10 * MIB },
  client_report: { itemBytes: 100 * KIB, count: MAX_SMALL_ITEMS, totalBytes: 100 * KIB },
  check_in: { itemBytes: 100 * KIB },
  profile: { itemBytes: 50 * MIB },
  replay: { itemBytes: 10 * MIB },
  log: { itemBytes: 2 * MIB, totalBytes: MAX_CONTAINER_BYTES },
  span: { itemBytes: 10 * MIB, totalBytes: MAX_CONTAINER_BYTES },
  trace_metric: { itemBytes: MIB, totalBytes: MAX_CONTAINER_BYTES },
  metric: { itemBytes: MIB },
};

/** Types whose items hold a list of entries, whose number their header tells. */
const CONTAINERS: ReadonlySet<string> = new Set(['log', 'span', 'trace_metric']);
/** `{},` */
const LEAST_ENTRY_BYTES = 3;

/** The entries of an item: what the header says, but not more than there is room for, so that no number that is made up counts. Other items are one. */
export function entriesOf({ header, payload }: EnvelopeItem): number {
  if (header.item_count === undefined || !CONTAINERS.has(header.type)) return 1;
  return Math.max(1, Math.min(header.item_count, Math.floor(payload.length / LEAST_ENTRY_BYTES)));
}

/** Refuses an envelope that holds too much of something. */
export function checkItems(items: readonly EnvelopeItem[], limits: IngestLimits): Refusal | undefined {
  let sums: Map<Sort, { count: number; bytes: number }> | undefined;
  for (const item of items) {
    const { payload } = item;
    const { type } = item.header;
    const sort = Object.hasOwn(SORT_BY_TYPE, type) ? SORT_BY_TYPE[type] : undefined;
    if (sort === undefined) continue;
    const limit = LIMITS[sort];
    if (payload.length / entriesOf(item) > bytesOf(limit, limits)) return oversized(type);
    if (limit.count === undefined && limit.totalBytes === undefined) continue;
    sums ??= new Map();
    const seen = sums.get(sort) ?? { count: 0, bytes: 0 };
    seen.count++;
    seen.bytes += payload.length;
    sums.set(sort, seen);
    const isTooMany = seen.count > (limit.count ?? Number.POSITIVE_INFINITY);
    if (isTooMany || seen.bytes > (limit.totalBytes ?? Number.POSITIVE_INFINITY)) return oversized(type);
  }
  return undefined;
}

function bytesOf({ itemBytes }: Limit, limits: IngestLimits): number {
  if (typeof itemBytes === 'number') return itemBytes;
  return itemBytes === 'event' ? limits.eventBytes : limits.attachmentBytes;
}

/** The answer to an envelope that holds too much of something. */
export function oversized(type: string): Refusal {
  return refuse(413, `envelope exceeded size limits for type '${type}'`, `too_large:${type}`);
}
