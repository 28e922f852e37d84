import { describe, expect, test } from 'vitest';
import { AUTH, EVENT_ID, envelope, KEY, testIngest } from './harness.ts';

const event = JSON.stringify({ event_id: EVENT_ID, message: 'boom' });

describe('POST /api/{project}/envelope/', () => {
  test('an event is appended before the 200, with what is known of its sender', async () => {
    const { app, log, clock } = testIngest();
    const response = await app.inject({
      method: 'POST',
      url: '/api/42/envelope/',
      headers: { ...AUTH, 'user-agent': 'tester', origin: 'https://shop.example' },
      payload: envelope({ event_id: EVENT_ID, sent_at: '2026-11-20T12:00:00Z' }, [{ type: 'event' }, event]),
    });
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe(`{"id":"${EVENT_ID}"}`);
    expect(response.headers['content-type']).toContain('application/json');
    expect(log.appends).toHaveLength(1);
    expect(log.appends[0]?.[0]?.key).toBe(`42:${EVENT_ID}`);
    expect(log.records[0]?.header).toEqual({
      kind: 'event',
      project_id: 42,
      id: EVENT_ID,
      received: clock.now(),
      key_id: 1,
      item_type: 'event',
      sent_at: '2026-11-20T12:00:00Z',
      client_ip: '127.0.0.1',
      user_agent: 'tester',
      sdk_client: 'test/1.0',
      origin: 'https://shop.example',
    });
    expect(Buffer.from(log.records[0]?.payload ?? []).toString()).toBe(event);
  });

  test.each([
    ['/api/42/envelope'],
    ['/api/42/envelope/'],
    ['/api//42//envelope//'],
    [`/api/42/envelope/?sentry_key=${KEY}&sentry_version=7`],
  ])('%s is the same route, and none is a redirect', async (url) => {
    const { app, log } = testIngest();
    const payload = envelope({ event_id: EVENT_ID }, [{ type: 'event' }, event]);
    const response = await app.inject({ method: 'POST', url, headers: AUTH, payload });
    expect(response.statusCode).toBe(200);
    expect(log.records).toHaveLength(1);
  });
});
