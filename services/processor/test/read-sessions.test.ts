import { userHashOf } from '@culprit/people';
import { type JsonObject, parseEventId, parseProjectId } from '@culprit/protocol';
import { DEFAULT_SETTINGS } from '@culprit/settings';
import { NOON } from '@culprit/testkit';
import { describe, expect, test } from 'vitest';
import { filterSessions } from '../stages/filter-sessions.ts';
import { readSessions } from '../stages/read-sessions.ts';
import type { DecodedItem, ReadSessions, StageContext } from '../stages/types.ts';

const SECRET = Buffer.alloc(32, 7);
const SID = '0123456789abcdef0000000000000001';
const RECORD = 'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb';
const at = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString();
const context = (filters: Partial<(typeof DEFAULT_SETTINGS)['filters']> = {}): StageContext => ({
  project: (id) => ({
    id,
    organizationId: '1',
    hashSecret: SECRET,
    settings: { ...DEFAULT_SETTINGS, filters: { ...DEFAULT_SETTINGS.filters, ...filters } },
  }),
});

function itemOf(json: JsonObject, header: Partial<DecodedItem['header']> = {}): DecodedItem {
  const [project_id, id] = [parseProjectId(1), parseEventId(RECORD)];
  if (project_id === undefined || id === undefined) throw new Error('no ids');
  return {
    offset: 0,
    json,
    header: { kind: 'session', project_id, id, received: NOON, key_id: 1, item_type: 'session', ...header },
  };
}

const update = (json: JsonObject, header: Partial<DecodedItem['header']> = {}) =>
  readSessions(
    itemOf({ sid: SID, started: at(-90), timestamp: at(0), attrs: { release: 'shop@1' }, ...json }, header),
    context(),
  );

function read(json: JsonObject, header: Partial<DecodedItem['header']> = {}): ReadSessions {
  const result = update(json, header);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.refusal)}`);
  return result.value;
}

/** Why it was dropped. */
function reason(json: JsonObject, header: Partial<DecodedItem['header']> = {}): unknown {
  const result = update(json, header);
  return !result.ok && result.refusal.kind === 'drop' ? result.refusal.reason : result;
}

describe('an update of a session', () => {
  test('counts the session when it is the first one', () => {
    expect(read({ init: true, did: 'ada' }).parts).toEqual([
      {
        minute: NOON - 120_000, // 11:58:30 is of the minute 11:58
        started: 1,
        errored: 0,
        crashed: 0,
        abnormal: 0,
        unhandled: 0,
        faulty: undefined,
        user: userHashOf(SECRET, { id: 'ada' }),
      },
    ]);
    expect(read({}).parts[0]).toMatchObject({ started: 0 });
  });

  test.each([
    [{ status: 'ok' }, undefined],
    [{ status: 'exited' }, undefined],
    [{ status: 'somehow' }, undefined],
    [{ status: 'ok', errors: 1 }, { end: undefined }],
    [{ status: 'exited', errors: 2 }, { end: undefined }],
    [{ status: 'errored' }, { end: undefined }],
    [{ status: 'crashed' }, { end: 'crashed' }],
    [{ status: 'abnormal' }, { end: 'abnormal' }],
    [{ status: 'unhandled' }, { end: 'unhandled' }],
  ] as const)('with %j ends or goes wrong as it says', (json, faulty) => {
    const [part] = read(json).parts;
    if (faulty === undefined) expect(part?.faulty).toBeUndefined();
    else expect(part?.faulty).toMatchObject(faulty);
  });

  test('is told apart by its id, dashed or not, and by its record where it has none', () => {
    const sidOf = (sid: JsonObject[string]): unknown => read({ sid, errors: 1 }).parts[0]?.faulty?.sid;
    expect(sidOf(SID)).toBe(0x0123456789abcdefn ^ 1n);
    expect(sidOf('01234567-89AB-CDEF-0000-000000000001')).toBe(sidOf(SID));
    const ofRecord = 0xaaaaaaaaaaaaaaaan ^ 0xbbbbbbbbbbbbbbbbn;
    expect([sidOf(undefined), sidOf(null), sidOf('00000000-0000-0000-0000-000000000000')]).toEqual([
      ofRecord,
      ofRecord,
      ofRecord,
    ]);
    expect(reason({ sid: 'mine' })).toBe('payload');
  });

  test('without a user counts nobody', () => {
    expect(read({ did: null }).parts[0]?.user).toBe(0n);
    expect(read({}).parts[0]?.user).toBe(0n);
  });

  test('needs a release that is one; an environment that is none is left out', () => {
    for (const release of [undefined, null, '', 'latest', '..', 'a/b']) {
      expect(reason({ attrs: { release } })).toBe('payload');
    }
    expect(read({ attrs: { release: ' shop@1 ', environment: 'none' } })).toMatchObject({
      release: 'shop@1',
      environment: '',
    });
    expect(read({ attrs: { release: 'shop@1', environment: 'production' } }).environment).toBe('production');
  });

  test('is dropped when it began more than five days ago or over a minute ahead', () => {
    const day = 24 * 3600;
    expect(reason({ started: at(-5 * day - 1), timestamp: at(-1) })).toBe('timestamp');
    expect(read({ started: at(-5 * day), timestamp: at(-1) }).parts).toHaveLength(1);
    expect(reason({ started: at(61) })).toBe('timestamp');
    expect(read({ started: at(60), timestamp: at(-60) }).parts[0]?.minute).toBe(NOON + 60_000);
    expect(reason({ timestamp: at(61) })).toBe('timestamp');
    expect(reason({ started: undefined })).toBe('payload');
    expect(reason({ started: 'yesterday' })).toBe('payload');
  });

  test('is moved by the drift of its clock from 55 minutes on', () => {
    const hourBehind = { sent_at: at(-3600) };
    expect(read({ started: at(-3690), timestamp: at(-3600) }, hourBehind).parts[0]?.minute).toBe(
      NOON - 120_000,
    );
    const fiftyBehind = { sent_at: at(-3000) };
    expect(read({ started: at(-3090), timestamp: at(-3000) }, fiftyBehind).parts[0]?.minute).toBe(
      NOON - 3120_000,
    );
  });

  test('with a broken sequence number is dropped, unless it is the first', () => {
    expect(reason({ seq: 2 ** 64 })).toBe('payload');
    expect(read({ seq: 2 ** 64, init: true }).parts[0]?.started).toBe(1);
    expect(read({ seq: 7 }).parts).toHaveLength(1);
  });
});

describe('sums of a server', () => {
  const sums = { item_type: 'sessions' };

  test('count what exited and what did not end well; exited leaves out the errored ones', () => {
    const { parts } = read(
      {
        aggregates: [
          { started: at(-60), exited: 10, errored: 3, abnormal: 2, crashed: 1, unhandled: 4, did: 'ada' },
          { started: at(-120), exited: 5 },
        ],
      },
      sums,
    );
    expect(parts).toEqual([
      {
        minute: NOON - 60_000,
        started: 20,
        errored: 10,
        crashed: 1,
        abnormal: 2,
        unhandled: 4,
        faulty: undefined,
        user: userHashOf(SECRET, { id: 'ada' }),
      },
      expect.objectContaining({ minute: NOON - 120_000, started: 5, errored: 0, user: 0n }),
    ]);
  });

  test('lose the buckets that are too old or none, and keep the others', () => {
    const { parts } = read(
      {
        aggregates: [
          { started: at(-6 * 24 * 3600), exited: 1 },
          null,
          7,
          { exited: 1 },
          { started: at(0), exited: 2 },
        ],
      },
      sums,
    );
    expect(parts.map((part) => part.started)).toEqual([2]);
    expect(reason({ aggregates: [{ started: at(-6 * 24 * 3600), exited: 1 }] }, sums)).toBe('timestamp');
    expect(reason({ aggregates: [] }, sums)).toBe('payload');
    expect(reason({ aggregates: {} }, sums)).toBe('payload');
  });

  test('that are no counts are none', () => {
    const { parts } = read(
      { aggregates: [{ started: at(0), exited: -1, crashed: '2', errored: 1.5 }] },
      sums,
    );
    expect(parts[0]).toMatchObject({ started: 1, errored: 1, crashed: 0 });
  });
});

test('a filter is noted with the sessions and drops nothing by itself', () => {
  const filtered = (filters: Parameters<typeof context>[0], header = {}): unknown => {
    const result = filterSessions(read({}, header), context(filters));
    return result.ok ? result.value.filtered : result;
  };
  expect(filtered({})).toBeUndefined();
  expect(filtered({ releases: ['shop@*'] })).toBe('release-version');
  expect(filtered({ blacklistedIps: ['192.0.2.0/24'] }, { client_ip: '192.0.2.7' })).toBe('ip-address');
  expect(filtered({ webCrawlers: true }, { user_agent: 'Googlebot/2.1' })).toBe('web-crawlers');
});
