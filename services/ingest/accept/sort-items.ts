import {
  type Category,
  categoryOf,
  type EnvelopeItem,
  MAX_RETRY_AFTER,
  parseClientReport,
  type RateLimit,
  type Refusal,
  refuse,
} from '@culprit/protocol';
import type { IngestLimits } from '../config.ts';

/** What is not stored and why; one entry per dropped item and category. */
export interface Drop {
  readonly outcome: 'invalid' | 'client_discard';
  readonly reason: string;
  readonly category: Category;
  readonly quantity: number;
}

export interface SortedItems {
  readonly event?: EnvelopeItem;
  readonly attachments: readonly EnvelopeItem[];
  readonly drops: readonly Drop[];
}

const STORED_ATTACHMENTS: ReadonlySet<string> = new Set([
  'event.attachment',
  'event.view_hierarchy',
  'unreal.context',
  'unreal.logs',
]);
const UNSUPPORTED_ATTACHMENTS: ReadonlySet<string> = new Set([
  'event.minidump',
  'event.applecrashreport',
  'event.payload',
  'event.breadcrumbs',
]);
const MAX_ATTACHMENTS = 30;

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
  'monitor',
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

/** Decides what becomes of each item. Refuses the envelope when a stored item is over its limit. */
export function sortItems(
  items: readonly EnvelopeItem[],
  limits: IngestLimits,
): { readonly ok: true; readonly sorted: SortedItems } | Refusal {
  let event: EnvelopeItem | undefined;
  const attachments: EnvelopeItem[] = [];
  const drops: Drop[] = [];
  for (const item of items) {
    const { type } = item.header;
    if (type === 'event') {
      if (item.payload.length > limits.eventBytes) return oversized('event');
      if (event === undefined) event = item;
      else drops.push(...dropsOf(item, 'duplicate_item'));
    } else if (type === 'attachment' && STORED_ATTACHMENTS.has(attachmentTypeOf(item))) {
      if (item.payload.length > limits.attachmentBytes) return oversized('attachment');
      if (attachments.length >= MAX_ATTACHMENTS) return oversized('attachment');
      attachments.push(item);
    } else if (type === 'client_report') {
      drops.push(...clientDiscards(item));
    } else {
      drops.push(...dropsOf(item, 'feature_disabled'));
    }
  }
  return { ok: true, sorted: { ...(event === undefined ? {} : { event }), attachments, drops } };
}

export function attachmentTypeOf(item: EnvelopeItem): string {
  return item.header.attachment_type ?? 'event.attachment';
}

/** The outcomes of an item that is dropped; none for a type nobody knows. Attachments count their bytes, and themselves. */
export function dropsOf(item: EnvelopeItem, reason: string): readonly Drop[] {
  const { type } = item.header;
  const category = categoryOf(type);
  if (category === undefined) return [];
  if (type !== 'attachment') {
    const quantity = Math.max(1, item.header.item_count ?? 1);
    return [{ outcome: 'invalid', reason, category, quantity }];
  }
  const attachmentType = attachmentTypeOf(item);
  if (!STORED_ATTACHMENTS.has(attachmentType) && !UNSUPPORTED_ATTACHMENTS.has(attachmentType)) return [];
  return [
    { outcome: 'invalid', reason, category: 'attachment', quantity: Math.max(1, item.payload.length) },
    { outcome: 'invalid', reason, category: 'attachment_item', quantity: 1 },
  ];
}

function clientDiscards(item: EnvelopeItem): readonly Drop[] {
  return (parseClientReport(item.payload) ?? []).map((discarded) => ({
    outcome: 'client_discard',
    ...discarded,
  }));
}

function oversized(type: string): Refusal {
  return refuse(413, `envelope exceeded size limits for type '${type}'`, `too_large:${type}`);
}
