import { type EventRecordHeader, type JsonObject, parseEventId, parseProjectId } from '@culprit/protocol';
import { DEFAULT_SETTINGS } from '@culprit/settings';
import { NOON } from '@culprit/testkit';
import { describe, expect, test } from 'vitest';
import { normalize } from '../stages/normalize.ts';
import type { StageContext } from '../stages/types.ts';

const DAY_MS = 86_400_000;
const context: StageContext = {
  project: (id) =>
    id === 1
      ? { id, organizationId: '1', hashSecret: Buffer.alloc(32, 7), settings: DEFAULT_SETTINGS }
      : undefined,
  geo: (ip) => (ip === '203.0.113.9' ? { country_code: 'AT' } : undefined),
};

/** What the stage makes of a payload. */
function normalized(json: JsonObject, given: Partial<EventRecordHeader> = {}, stages = context) {
  const [project_id, id] = [parseProjectId(1), parseEventId('a'.repeat(32))];
  if (project_id === undefined || id === undefined) throw new Error('no ids');
  const header: EventRecordHeader = {
    kind: 'event',
    project_id,
    id,
    received: NOON,
    key_id: 7,
    item_type: 'event',
    ...given,
  };
  return normalize({ offset: 5, header, json }, stages);
}

function eventOf(...given: Parameters<typeof normalized>) {
  const result = normalized(...given);
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.value.event;
}

describe('the stage normalize', () => {
  test('makes an event of a security report, with what its request said', () => {
    const report = {
      'csp-report': {
        'document-uri': 'https://shop.example/cart',
        'violated-directive': "img-src 'self'",
        'blocked-uri': 'https://evil.example/x.png',
      },
    };
    const event = eventOf(report, {
      item_type: 'security',
      client_ip: '203.0.113.9',
      user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0',
      report: { content_type: 'application/csp-report', release: 'shop@1', environment: 'prod' },
    });
    expect(event).toMatchObject({
      event_id: 'a'.repeat(32),
      type: 'csp',
      logger: 'csp',
      logentry: { formatted: "Blocked 'image' from 'evil.example'" },
      culprit: "img-src 'self'",
      release: 'shop@1',
      environment: 'prod',
      user: { ip_address: '203.0.113.9', geo: { country_code: 'AT' } },
      contexts: { browser: { name: 'Firefox', version: '133.0' } },
    });
  });

  test('drops what is no security report, with its outcome', () => {
    const security = { item_type: 'security' } as const;
    expect(normalized({ message: 'x' }, security)).toMatchObject({
      ok: false,
      refusal: { outcome: 'invalid', reason: 'security_report_type' },
    });
    expect(normalized({ 'csp-report': {} }, security)).toMatchObject({
      ok: false,
      refusal: { outcome: 'invalid', reason: 'security_report' },
    });
  });

  test('makes feedback of an item of that type', () => {
    expect(
      eventOf({ contexts: { feedback: { message: 'It broke' } } }, { item_type: 'feedback' }),
    ).toMatchObject({ type: 'feedback', contexts: { feedback: { type: 'feedback', message: 'It broke' } } });
  });

  test('takes browser and system from the client hints of the request', () => {
    const client_hints = { 'sec-ch-ua': '"Google Chrome";v="142"', 'sec-ch-ua-platform': '"macOS"' };
    expect(eventOf({ platform: 'javascript' }, { client_hints }).contexts).toEqual({
      browser: { type: 'browser', name: 'Chrome', version: '142' },
      os: { type: 'os', name: 'Mac OS X' },
    });
  });

  test('takes the time of receipt for an event that is older than its project keeps events', () => {
    const timestamp = (NOON - 20 * DAY_MS) / 1000;
    const project = context.project(1);
    if (project === undefined) throw new Error('no project');
    const keeping = (retentionDays?: number): StageContext => ({
      project: () => ({ ...project, retentionDays }),
      retentionDays: 10,
    });
    expect(eventOf({ timestamp }, {}, keeping(30)).timestamp).toBe(timestamp);
    expect(eventOf({ timestamp }, {}, keeping(0)).timestamp).toBe(timestamp);
    expect(eventOf({ timestamp }, {}, keeping(15)).timestamp).toBe(NOON / 1000);
    expect(eventOf({ timestamp }, {}, keeping()).timestamp).toBe(NOON / 1000);
  });

  test('drops what is of no project', () => {
    expect(normalized({}, { project_id: parseProjectId(2) ?? (0 as never) })).toMatchObject({
      ok: false,
      refusal: { outcome: 'invalid', reason: 'project_id' },
    });
  });
});
