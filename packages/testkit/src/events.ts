import { randomUUID } from 'node:crypto';
import {
  type EventId,
  type EventRecordHeader,
  encodeLogRecord,
  type LogRecord,
  type NormalizedEvent,
  type ProjectId,
  parseEventId,
  parseProjectId,
} from '@culprit/protocol';

/** Noon of 20 November 2026, unix milliseconds. */
export const NOON = Date.UTC(2026, 10, 20, 12);

/** An event as the browser SDK sends it, with the top-level fields of `overrides` in place of its own. */
export function anEvent(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    event_id: anEventId(),
    timestamp: NOON / 1000,
    platform: 'javascript',
    level: 'error',
    release: 'shop@1.4.2',
    environment: 'production',
    transaction: '/checkout',
    sdk: { name: 'sentry.javascript.browser', version: '11.12.0' },
    user: { id: '42', email: 'Ada@Example.com', username: 'ada', ip_address: '192.0.2.7' },
    tags: { plan: 'pro' },
    contexts: { trace: { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) } },
    request: { url: 'https://shop.example/checkout', headers: { 'User-Agent': 'Mozilla/5.0' } },
    breadcrumbs: [
      { timestamp: NOON / 1000 - 2, category: 'navigation', data: { from: '/cart', to: '/checkout' } },
      { timestamp: NOON / 1000 - 1, category: 'ui.click', message: 'button#pay' },
    ],
    exception: { values: [anException()] },
    ...overrides,
  };
}

/** A TypeError with three frames, the oldest call first. */
export function anException(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    type: 'TypeError',
    value: "Cannot read properties of undefined (reading 'total')",
    mechanism: { type: 'onerror', handled: false },
    stacktrace: {
      frames: [
        aFrame({ function: 'dispatch', filename: 'node_modules/react/index.js', in_app: false }),
        aFrame({ function: 'onSubmit', lineno: 12 }),
        aFrame({ function: 'totalOf', lineno: 27, colno: 9 }),
      ],
    },
    ...overrides,
  };
}

export function aFrame(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    function: 'totalOf',
    filename: 'app:///src/checkout.js',
    abs_path: 'https://shop.example/src/checkout.js',
    lineno: 27,
    colno: 9,
    in_app: true,
    ...overrides,
  };
}

export function anEventId(): EventId {
  const id = parseEventId(randomUUID());
  if (id === undefined) throw new Error('a UUID is an event id');
  return id;
}

/** The record that ingest appends for an event: header fields by name, `event` as its payload. */
export function aLogRecord(
  overrides: Partial<EventRecordHeader> & { readonly event?: Readonly<Record<string, unknown>> } = {},
): LogRecord<EventRecordHeader> {
  const { event = anEvent(), ...header } = overrides;
  const project = parseProjectId(1);
  if (project === undefined) throw new Error('1 is a project id');
  return {
    header: {
      kind: 'event',
      project_id: project,
      id: parseEventId(event.event_id) ?? anEventId(),
      received: NOON,
      key_id: 1,
      item_type: 'event',
      client_ip: '192.0.2.7',
      ...header,
    },
    payload: new TextEncoder().encode(JSON.stringify(event)),
  };
}

/** The bytes of such a record, as they stand in the log. */
export function aLogRecordValue(overrides?: Parameters<typeof aLogRecord>[0]): Uint8Array {
  return encodeLogRecord(aLogRecord(overrides));
}

/** A normalized event with some fields set. */
export function aNormalizedEvent(fields: Readonly<Record<string, unknown>> = {}): NormalizedEvent {
  return {
    event_id: 'f'.repeat(32) as EventId,
    project: 42 as ProjectId,
    key_id: '7',
    received: NOON / 1000,
    timestamp: NOON / 1000,
    type: 'error',
    level: 'error',
    version: '7',
    platform: 'javascript',
    ...fields,
  };
}
