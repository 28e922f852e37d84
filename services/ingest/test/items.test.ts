import { parseEventId } from '@culprit/protocol';
import { describe, expect, test } from 'vitest';
import { AUTH, EVENT_ID, envelope, testIngest } from './harness.ts';

const post = { method: 'POST', url: '/api/42/envelope/', headers: AUTH } as const;

describe('which id an event gets', () => {
  const PAYLOAD_ID = 'f'.repeat(32);

  test('the header wins over the payload', async () => {
    const { app, log } = testIngest();
    const body = envelope({ event_id: EVENT_ID }, [{ type: 'event' }, `{"event_id":"${PAYLOAD_ID}"}`]);
    const response = await app.inject({ ...post, payload: body });
    expect(response.json()).toEqual({ id: EVENT_ID });
    expect(log.records[0]?.header.id).toBe(EVENT_ID);
  });

  test.each([[undefined], [null], ['00000000-0000-0000-0000-000000000000']])(
    'the payload has it when the header says %s',
    async (event_id) => {
      const { app } = testIngest();
      const body = envelope({ event_id }, [{ type: 'event' }, `{"event_id":"${PAYLOAD_ID}"}`]);
      expect((await app.inject({ ...post, payload: body })).json()).toEqual({ id: PAYLOAD_ID });
    },
  );

  test.each([['{}'], ['{"event_id":"bad"}'], ['not JSON'], ['']])(
    'a payload %j gets a new one',
    async (json) => {
      const { app, log } = testIngest();
      const response = await app.inject({ ...post, payload: envelope({}, [{ type: 'event' }, json]) });
      const { id } = response.json<{ id: string }>();
      expect(parseEventId(id)).toBe(id);
      expect(log.records[0]?.header.id).toBe(id);
    },
  );

  test('without an event there is none to answer, unless the header names one', async () => {
    const { app } = testIngest();
    expect((await app.inject({ ...post, payload: envelope({}, [{ type: 'session' }, '{}']) })).body).toBe(
      '{}',
    );
    expect((await app.inject({ ...post, payload: envelope({ event_id: EVENT_ID }) })).json()).toEqual({
      id: EVENT_ID,
    });
  });
});

test('an attachment without its event is a record of its own that names the event', async () => {
  const { app, log } = testIngest();
  const body = envelope({ event_id: EVENT_ID }, [{ type: 'attachment', filename: 'a.txt' }, 'text']);
  expect((await app.inject({ ...post, payload: body })).json()).toEqual({ id: EVENT_ID });
  expect(log.records[0]?.header).toMatchObject({
    kind: 'attachment',
    event_id: EVENT_ID,
    project_id: 42,
    key_id: 1,
  });
  expect(log.records[0]?.header.id).not.toBe(EVENT_ID);
});

test('what is not stored is counted, what nobody knows is not', async () => {
  const { app, log, outcomes } = testIngest();
  const body = envelope(
    { event_id: EVENT_ID },
    [{ type: 'transaction', item_count: 4_000_000_000 }, `{}${' '.repeat(1_000)}`],
    [{ type: 'span', item_count: 2 }, '{"items":[{},{}]}'],
    [{ type: 'log', item_count: 3 }, '{"items":[{},{},{}]}'],
    [{ type: 'trace_metric', item_count: 4_000_000_000 }, '{"items":[{}]}'],
    [{ type: 'profile' }, '{}'],
    [{ type: 'profile_chunk' }, '{}'],
    [{ type: 'replay_event' }, '{}'],
    [{ type: 'statsd' }, 'a:1|c'],
    [{ type: 'nel' }, '{}'],
    [{ type: 'form_data' }, '{}'],
    [{ type: 'check_in' }, '{}'],
    [{ type: 'check_in' }, '{}'],
    [{ type: 'attachment', attachment_type: 'who.knows' }, 'x'],
    [{ type: 'something new' }, 'x'],
    [{ type: 'event' }, '{}'],
    [{ type: 'event', item_count: 90 }, '{}'],
    [{ type: 'feedback' }, '{}'],
  );
  const response = await app.inject({ ...post, payload: body });
  expect(response.statusCode).toBe(200);
  expect(log.records.map((record) => record.header.kind)).toEqual(['event', 'check_in']);
  expect(await outcomes()).toEqual([
    '42/1 invalid duplicate_item error 1',
    '42/1 invalid duplicate_item feedback 1',
    '42/1 invalid duplicate_item monitor 1',
    '42/1 invalid feature_disabled default 1',
    '42/1 invalid feature_disabled log_item 3',
    '42/1 invalid feature_disabled metric_bucket 1',
    '42/1 invalid feature_disabled profile 1',
    '42/1 invalid feature_disabled profile_chunk 1',
    '42/1 invalid feature_disabled replay 1',
    '42/1 invalid feature_disabled security 1',
    '42/1 invalid feature_disabled span 2',
    '42/1 invalid feature_disabled trace_metric 4',
    '42/1 invalid feature_disabled transaction 1',
  ]);
});

test('senders are told what is not stored, and only that: errors and sessions are never limited', async () => {
  const { app } = testIngest();
  for (const type of ['transaction', 'span', 'log', 'profile', 'replay_recording', 'trace_metric']) {
    const body = envelope({}, [{ type }, '{}'], [{ type: 'event' }, '{}']);
    const response = await app.inject({ ...post, payload: body });
    expect(response.headers['x-sentry-rate-limits']).toBe(
      '300:log_item;metric_bucket;profile;profile_chunk;replay;span;trace_metric;transaction:key:not_supported',
    );
    expect(response.headers['retry-after']).toBeUndefined();
  }
  for (const type of ['event', 'session', 'user_report', 'client_report', 'check_in', 'feedback', 'new']) {
    const plain = await app.inject({ ...post, payload: envelope({}, [{ type }, '{}']) });
    expect(plain.headers['x-sentry-rate-limits']).toBeUndefined();
  }
});

test('a client report is folded into outcomes and is none itself', async () => {
  const { app, outcomes } = testIngest();
  const report = { discarded_events: [{ reason: 'queue_overflow', category: 'error', quantity: 5 }] };
  const body = envelope(
    {},
    [{ type: 'client_report' }, JSON.stringify(report)],
    [{ type: 'client_report' }, 'junk'],
  );
  const response = await app.inject({ ...post, payload: body });
  expect([response.statusCode, response.body]).toEqual([200, '{}']);
  expect(await outcomes()).toEqual(['42/1 client_discard queue_overflow error 5']);
});

test('an empty envelope is fine and counted', async () => {
  const { app, outcomes } = testIngest();
  expect((await app.inject({ ...post, payload: '{}' })).body).toBe('{}');
  expect(await outcomes()).toEqual(['42/1 invalid empty_envelope default 1']);
});

test('outcomes that could not be appended are kept for the next time', async () => {
  const { app, log, outcomes, context } = testIngest();
  await app.inject({ ...post, payload: envelope({}, [{ type: 'log' }, '{}']) });
  log.failure = new Error('away');
  await context.outcomes.flush();
  await app.inject({ ...post, payload: envelope({}, [{ type: 'log' }, '{}']) });
  log.failure = undefined;
  expect(await outcomes()).toEqual(['42/1 invalid feature_disabled log_item 2']);
});
