import {
  type Category,
  categoryOf,
  type EnvelopeItem,
  type EventRecordHeader,
  type ItemRecordHeader,
  MAX_RETRY_AFTER,
  parseClientReport,
  type RateLimit,
  type Refusal,
  type SecurityReportFacts,
} from '@culprit/protocol';
import type { IngestLimits } from '../config.ts';
import { isEventOfReport } from './event-of-report.ts';
import { checkItems, entriesOf } from './item-limits.ts';
import { reportFactsOf } from './report-facts.ts';

/** What is not stored and why; one entry per dropped item and category. */
export interface Drop {
  readonly outcome: 'invalid' | 'filtered' | 'rate_limited' | 'client_discard';
  readonly reason: string;
  readonly category: Category;
  readonly quantity: number;
  /** Of what was shed, where it is known. */
  readonly release?: string;
}

/** The one item of an envelope that becomes an event. */
export interface EventItem {
  readonly itemType: EventRecordHeader['item_type'];
  readonly category: Category;
  readonly payload: Uint8Array;
  readonly report?: SecurityReportFacts;
}

/** Types that become an event. */
const EVENT_TYPES: ReadonlySet<string> = new Set([
  'event',
  'feedback',
  'user_report_v2',
  'security',
  'raw_security',
]);

/** An item that is stored beside the event. */
export interface OtherItem {
  readonly kind: ItemRecordHeader['kind'];
  readonly itemType: ItemRecordHeader['item_type'];
  readonly category: Category;
  readonly payload: Uint8Array;
}

export interface SortedItems {
  readonly event?: EventItem;
  /** A minidump or the like, whether it is kept or not: where there is no event, it makes one. */
  readonly crashReport?: EnvelopeItem;
  readonly attachments: readonly EnvelopeItem[];
  readonly others: readonly OtherItem[];
  readonly drops: readonly Drop[];
}

const ATTACHMENT_TYPES: ReadonlySet<string> = new Set([
  'event.attachment',
  'event.view_hierarchy',
  'event.minidump',
  'event.applecrashreport',
  'event.payload',
  'event.breadcrumbs',
  'unreal.context',
  'unreal.logs',
  'playstation.prosperodump',
  'nintendoswitch.dyingmessage',
]);
/** Attachments that are a crash themselves, and those that project settings call crash reports. */
const CRASH_REPORTS: ReadonlySet<string> = new Set(['event.minidump', 'event.applecrashreport']);
const KINDS: Readonly<Record<string, ItemRecordHeader['kind']>> = {
  session: 'session',
  sessions: 'session',
  user_report: 'user_report',
  check_in: 'check_in',
};

/** Categories that an error monitor has no use for: SDKs are told, so that they stop sending what would be dropped. */
const UNSUPPORTED: readonly Category[] = [
  'transaction',
  'span',
  'profile',
  'profile_chunk',
  'replay',
  'log_item',
  'trace_metric',
  'metric_bucket',
];
const UNSUPPORTED_LIMITS: readonly RateLimit[] = [
  { retryAfter: MAX_RETRY_AFTER, categories: UNSUPPORTED, scope: 'key', reason: 'not_supported' },
];

/** The limits to announce after these drops; undefined for none. */
export function limitsAfter(drops: readonly Drop[]): readonly RateLimit[] | undefined {
  const isUnsupported = drops.some(
    (drop) => drop.outcome === 'invalid' && UNSUPPORTED.includes(drop.category),
  );
  return isUnsupported ? UNSUPPORTED_LIMITS : undefined;
}

/** What is known of the sender when items are sorted. */
export interface SortingFacts {
  readonly limits: IngestLimits;
  /** Unix milliseconds. */
  readonly received: number;
  /** Of the envelope header. */
  readonly sentAt?: string | undefined;
  /** False for a project that wants no minidumps and the like. */
  readonly keepsCrashReports: boolean;
}

/** Decides what becomes of each item. Refuses the envelope when there is too much of something. */
export function sortItems(
  items: readonly EnvelopeItem[],
  facts: SortingFacts,
): { readonly ok: true; readonly sorted: SortedItems } | Refusal {
  const refusal = checkItems(items, facts.limits);
  if (refusal !== undefined) return refusal;
  let event: EventItem | undefined;
  let crashReport: EnvelopeItem | undefined;
  let hasCheckIn = false;
  const attachments: EnvelopeItem[] = [];
  const others: OtherItem[] = [];
  const drops: Drop[] = [];
  for (const item of items) {
    const { type } = item.header;
    if (EVENT_TYPES.has(type)) {
      if (event === undefined) event = eventItemOf(item);
      else drops.push(...dropsOf(item, 'duplicate_item'));
    } else if (type === 'attachment' && ATTACHMENT_TYPES.has(attachmentTypeOf(item))) {
      const isCrash = CRASH_REPORTS.has(attachmentTypeOf(item));
      if (isCrash) crashReport ??= item;
      if (facts.keepsCrashReports || !isCrash) attachments.push(item);
      else drops.push(...dropsOf(item, 'crash-report-limit', 'filtered'));
    } else if (Object.hasOwn(KINDS, type)) {
      if (type === 'check_in' && hasCheckIn) drops.push(...dropsOf(item, 'duplicate_item'));
      else others.push(otherItemOf(item));
      hasCheckIn ||= type === 'check_in';
    } else if (type === 'client_report') {
      drops.push(...clientDiscards(item, facts));
    } else {
      drops.push(...dropsOf(item, 'feature_disabled'));
    }
  }
  return {
    ok: true,
    sorted: {
      ...(event === undefined ? {} : { event }),
      ...(crashReport === undefined ? {} : { crashReport }),
      attachments,
      others,
      drops,
    },
  };
}

export function attachmentTypeOf(item: EnvelopeItem): string {
  return item.header.attachment_type ?? 'event.attachment';
}

/** The outcomes of an item that is dropped; none for a type nobody knows. Attachments count their bytes, and themselves. */
export function dropsOf(
  item: EnvelopeItem,
  reason: string,
  outcome: Drop['outcome'] = 'invalid',
): readonly Drop[] {
  const { type, attachment_type } = item.header;
  const category = categoryOf(type);
  if (category === undefined) return [];
  if (type !== 'attachment') return [{ outcome, reason, category, quantity: entriesOf(item) }];
  if (!ATTACHMENT_TYPES.has(attachment_type ?? 'event.attachment')) return [];
  return [
    { outcome, reason, category: 'attachment', quantity: Math.max(1, item.payload.length) },
    { outcome, reason, category: 'attachment_item', quantity: 1 },
  ];
}

function eventItemOf({ header, payload }: EnvelopeItem): EventItem {
  switch (header.type) {
    case 'feedback':
    case 'user_report_v2':
      return { itemType: 'feedback', category: 'feedback', payload };
    case 'security':
    case 'raw_security': {
      if (isEventOfReport(payload)) return { itemType: 'event', category: 'security', payload };
      const { sentry_release: release, sentry_environment: environment, content_type: contentType } = header;
      const report = reportFactsOf({ contentType, release, environment });
      return { itemType: 'security', category: 'security', payload, report };
    }
    default:
      return { itemType: 'event', category: 'error', payload };
  }
}

function otherItemOf({ header, payload }: EnvelopeItem): OtherItem {
  const kind = KINDS[header.type];
  const category = categoryOf(header.type);
  if (kind === undefined || category === undefined) throw new Error('only called for types that have both');
  return { kind, itemType: header.type, category, payload };
}

function clientDiscards(item: EnvelopeItem, { received, sentAt }: SortingFacts): readonly Drop[] {
  return (parseClientReport(item.payload, { received, sentAt }) ?? []).map((discarded) => ({
    outcome: 'client_discard',
    ...discarded,
  }));
}
