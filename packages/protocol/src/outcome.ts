/** What became of an item (ingest-protocol §7.2). Every item ends in exactly one. */
export const OUTCOMES = [
  'accepted',
  'filtered',
  'rate_limited',
  'invalid',
  'abuse',
  'client_discard',
] as const;
export type OutcomeName = (typeof OUTCOMES)[number];

/** Data categories by name (ingest-protocol §1.8). */
export const CATEGORIES = [
  'default',
  'error',
  'transaction',
  'security',
  'attachment',
  'session',
  'profile',
  'replay',
  'monitor',
  'span',
  'feedback',
  'metric_bucket',
  'profile_chunk',
  'attachment_item',
  'log_item',
  'log_byte',
  'trace_metric',
  'internal',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** One decision about `quantity` items (bytes for `attachment`). `reason` is '' for accepted. */
export interface Outcome {
  readonly outcome: OutcomeName;
  readonly reason: string;
  readonly category: Category;
  readonly quantity: number;
}
