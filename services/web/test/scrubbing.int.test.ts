import { scrubbedEventSchema } from '@culprit/api';
import { sql } from '@culprit/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestWeb, type TestWeb } from './harness.ts';

let web: TestWeb;

beforeAll(async () => {
  web = await startTestWeb();
});
afterAll(() => web.stop());

const TRY = '/api/0/projects/main/shop/scrubbing/try/';
const tryRules = (payload: object) => web.send({ method: 'POST', url: TRY, payload });

describe('trying scrubbing rules', () => {
  it('shows the event as it would be stored, and stores nothing', async () => {
    const { status, body } = await tryRules({
      event: {
        message: 'card 4111 1111 1111 1111',
        request: {
          url: 'https://a:b@shop.example/',
          headers: { Authorization: 'Bearer 4f2c', Accept: 'text/html' },
        },
        extra: { password: 'hunter2', order: 90210 },
      },
    });
    expect(status).toBe(200);
    expect(scrubbedEventSchema.parse(body).event).toMatchObject({
      logentry: { formatted: 'card [creditcard]' },
      request: {
        url: 'https://a:[Filtered]@shop.example/',
        headers: [
          ['Accept', 'text/html'],
          ['Authorization', '[Filtered]'],
        ],
      },
      extra: { password: '[Filtered]', order: 90210 },
      _meta: { extra: { password: { '': { rem: [['@password:filter', 's', 0, 10]], len: 7 } } } },
    });
    const { count } = await web.database.one<{ count: string }>(sql`select count(*) as count from issues`);
    expect(count).toBe('0');
  });

  it('takes the settings of the project, and in their place those that are sent', async () => {
    const event = {
      extra: { customer_no: '7', password: 'hunter2', note: 'order 77' },
      user: { ip_address: '203.0.113.9' },
    };
    const changed = await web.send({
      method: 'PUT',
      url: '/api/0/projects/main/shop/',
      payload: { sensitiveFields: ['customer_no'] },
    });
    expect(changed.status).toBe(200);
    const stored = scrubbedEventSchema.parse((await tryRules({ event })).body).event;
    expect(stored).toMatchObject({
      extra: { customer_no: '[Filtered]', password: '[Filtered]' },
      user: { ip_address: '203.0.113.9' },
    });
    const rules = {
      rules: {
        order: {
          type: 'pattern',
          pattern: 'order [0-9]+',
          redaction: { method: 'replace', text: '[order]' },
        },
      },
      applications: { 'extra.note': ['order'] },
    };
    const settings = {
      sensitiveFields: [],
      safeFields: ['password'],
      scrubIPAddresses: true,
      relayPiiConfig: JSON.stringify(rules),
    };
    const tried = scrubbedEventSchema.parse((await tryRules({ event, settings })).body).event;
    expect(tried).toMatchObject({
      extra: { customer_no: '7', password: 'hunter2', note: '[order]' },
      user: { ip_address: null },
    });
  });

  it('refuses rules that cannot be used, when they are tried and when they are saved', async () => {
    const relayPiiConfig = JSON.stringify({
      rules: { a: { type: 'sorcery' } },
      applications: { $string: ['b'] },
    });
    const reasons = {
      relayPiiConfig: ['rules.a.type: is not known', 'applications.$string: there is no rule b'],
    };
    const tried = await tryRules({ event: {}, settings: { relayPiiConfig } });
    expect([tried.status, tried.body]).toEqual([400, reasons]);
    const saved = await web.send({
      method: 'PUT',
      url: '/api/0/projects/main/shop/',
      payload: { relayPiiConfig },
    });
    expect([saved.status, saved.body]).toEqual([400, reasons]);
  });

  it('refuses what is no event, or too large', async () => {
    expect((await tryRules({ event: 'x' })).status).toBe(400);
    expect((await tryRules({})).status).toBe(400);
    expect((await tryRules({ event: { timestamp: '1969-01-01T00:00:00Z' } })).status).toBe(400);
    expect((await tryRules({ event: { extra: { a: 'x'.repeat(1_100_000) } } })).status).toBe(413);
  });

  it('is for those who may see the project', async () => {
    const response = await web.send({
      method: 'POST',
      url: '/api/0/projects/main/other/scrubbing/try/',
      payload: { event: {} },
    });
    expect(response.status).toBe(404);
  });
});
