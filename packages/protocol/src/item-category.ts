import type { Category } from './outcome.ts';

const CATEGORY_BY_ITEM_TYPE: Readonly<Record<string, Category>> = {
  event: 'error',
  transaction: 'transaction',
  security: 'security',
  raw_security: 'security',
  nel: 'security',
  unreal_report: 'error',
  form_data: 'default',
  attachment: 'attachment',
  user_report: 'feedback',
  feedback: 'feedback',
  user_report_v2: 'feedback',
  session: 'session',
  sessions: 'session',
  profile: 'profile',
  profile_chunk: 'profile_chunk',
  replay_event: 'replay',
  replay_recording: 'replay',
  replay_video: 'replay',
  check_in: 'monitor',
  span: 'span',
  otel_span: 'span',
  log: 'log_item',
  otel_log: 'log_item',
  trace_metric: 'trace_metric',
  statsd: 'metric_bucket',
  metric_buckets: 'metric_bucket',
};

/** The data category that an item counts under; undefined for types that nobody counts (client reports, unknown types). */
export function categoryOf(itemType: string): Category | undefined {
  return Object.hasOwn(CATEGORY_BY_ITEM_TYPE, itemType) ? CATEGORY_BY_ITEM_TYPE[itemType] : undefined;
}
