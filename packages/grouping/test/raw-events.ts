import type { Exception, NormalizedEvent } from '@culprit/protocol';

type Raw = Record<string, unknown>;

/** A payload of the corpora, which are written after normalization but for list forms, as an event. */
export function asNormalized(raw: Raw): NormalizedEvent {
  const exception = raw.exception ?? raw['sentry.interfaces.Exception'];
  const values = Array.isArray(exception)
    ? exception
    : exception && Array.isArray((exception as Raw).values)
      ? ((exception as Raw).values as Exception[])
      : exception
        ? [exception]
        : [];
  return {
    event_id: '0'.repeat(32),
    project: 1,
    key_id: null,
    received: 1_795_000_000,
    timestamp: 1_795_000_000,
    type: 'default',
    level: 'error',
    version: '7',
    platform: 'other',
    ...raw,
    exception: values.length === 0 ? null : { values },
  } as unknown as NormalizedEvent;
}
