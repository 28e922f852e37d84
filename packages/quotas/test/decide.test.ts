import type { Quota } from '@culprit/protocol';
import { describe, expect, test } from 'vitest';
import {
  type ActiveQuota,
  type Allowance,
  activeQuotas,
  type Decision,
  decide,
  type Kept,
  keptPerMinute,
  type LimitedItem,
  Share,
  type Shares,
} from '../src/index.ts';
import { LeaseTable } from './lease-table.ts';

const START = Date.UTC(2026, 10, 20, 12, 0, 15);
const SENDER = { organizationId: '1', projectId: 42, keyId: 7 };
const ERRORS: Quota = {
  id: 'errors',
  categories: ['error'],
  scope: 'project',
  limit: 2,
  window: 60,
  reasonCode: 'too_many',
};
const EVENT: LimitedItem = { counts: [{ category: 'error', quantity: 1 }], role: 'event', isSheddable: true };
const SESSION: LimitedItem = {
  counts: [{ category: 'session', quantity: 1 }],
  role: 'alone',
  isSheddable: false,
};
const REPORT: LimitedItem = {
  counts: [{ category: 'feedback', quantity: 1 }],
  role: 'with_event',
  isSheddable: false,
};
const attachment = (bytes: number, role: 'with_event' | 'alone' = 'with_event'): LimitedItem => ({
  counts: [
    { category: 'attachment', quantity: bytes },
    { category: 'attachment_item', quantity: 1 },
  ],
  role,
  isSheddable: false,
});
const ACCEPTED = { isAccepted: true, weight: 1 };
const dropped = (reason: string) => ({ isAccepted: false, reason });

/** One process whose wishes are answered at once. */
class Edge implements Shares {
  readonly #table: LeaseTable;
  readonly #shares = new Map<string, Share>();
  readonly #quotas: readonly ActiveQuota[];
  now = START;
  keep: Kept = { isKept: false, release: 'shop@1' };

  constructor(
    quotas: readonly Quota[],
    options: { hardFactor?: number; sender?: typeof SENDER; table?: LeaseTable } = {},
  ) {
    this.#quotas = activeQuotas(quotas, options.sender ?? SENDER, options.hardFactor ?? 1);
    this.#table = options.table ?? new LeaseTable();
  }

  shareOf(allowance: Allowance): Share {
    const share =
      this.#shares.get(allowance.id) ?? new Share(allowance, { isAway: false, heardAt: START }, this.now);
    this.#shares.set(allowance.id, share);
    return share;
  }

  send(...items: readonly LimitedItem[]): Decision {
    const decision = decide(items, this.#quotas, this, () => this.keep, this.now);
    for (const share of this.#shares.values()) {
      for (const ask of share.asks(this.now)) share.granted(ask, this.#table.lease(ask), this.now);
    }
    return decision;
  }

  sendMany(times: number, item: LimitedItem): readonly string[] {
    return Array.from({ length: times }, () => {
      const { fates, limits } = this.send(item);
      if (limits.length > 0) return 'limited';
      return fates[0]?.isAccepted === true ? 'accepted' : 'shed';
    });
  }
}

describe('items under quotas', () => {
  test('are accepted up to the limit, then limited until the window ends', () => {
    const edge = new Edge([ERRORS]);
    expect(edge.sendMany(3, EVENT)).toEqual(['accepted', 'accepted', 'limited']);
    expect(edge.send(EVENT)).toEqual({
      fates: [dropped('too_many')],
      limits: [{ retryAfter: 45, categories: ['error'], scope: 'project', reason: 'too_many' }],
      spent: [],
    });
    edge.now = START + 45_000;
    expect(edge.sendMany(3, EVENT)).toEqual(['accepted', 'accepted', 'limited']);
  });

  test('that are taken back leave room for as many others', () => {
    const edge = new Edge([{ ...ERRORS, categories: [] }]);
    const { spent } = edge.send(EVENT, SESSION);
    expect(edge.sendMany(1, EVENT)).toEqual(['limited']);
    for (const { share, quantity } of spent) share.unspend(quantity, edge.now, edge.now);
    expect(edge.sendMany(3, EVENT)).toEqual(['accepted', 'accepted', 'limited']);
  });

  test('an event that is limited takes its attachments and reports with it, and nothing else', () => {
    const edge = new Edge([{ ...ERRORS, limit: 0 }]);
    expect(edge.send(attachment(10), REPORT, SESSION, EVENT, attachment(10, 'alone')).fates).toEqual([
      dropped('too_many'),
      dropped('too_many'),
      ACCEPTED,
      dropped('too_many'),
      ACCEPTED,
    ]);
  });

  test('an attachment counts its bytes under attachment and itself under attachment_item', () => {
    const bytes = new Edge([{ ...ERRORS, categories: ['attachment'], limit: 100 }]);
    expect(bytes.sendMany(3, attachment(40, 'alone'))).toEqual(['accepted', 'accepted', 'limited']);
    const pieces = new Edge([{ ...ERRORS, categories: ['attachment_item'], limit: 1 }]);
    expect(pieces.sendMany(2, attachment(40, 'alone'))).toEqual(['accepted', 'limited']);
  });

  test('an attachment that is limited leaves its event alone', () => {
    const edge = new Edge([{ ...ERRORS, categories: ['attachment'], limit: 0, reasonCode: 'no_files' }]);
    const { fates, limits } = edge.send(EVENT, attachment(10));
    expect(fates).toEqual([ACCEPTED, dropped('no_files')]);
    expect(limits).toHaveLength(1);
  });

  test('a quota without categories counts everything, attachments as one each', () => {
    const edge = new Edge([{ ...ERRORS, categories: [], limit: 3 }]);
    expect(edge.send(EVENT, attachment(1_000_000), SESSION).fates).toEqual([ACCEPTED, ACCEPTED, ACCEPTED]);
    expect(edge.send(SESSION).limits).toEqual([
      { retryAfter: 45, categories: [], scope: 'project', reason: 'too_many' },
    ]);
  });

  test('a quota without a limit limits nothing', () => {
    expect(new Edge([{ ...ERRORS, limit: null }]).sendMany(50, EVENT)).not.toContain('limited');
  });

  test('what one quota refuses costs no other', () => {
    const edge = new Edge([
      { ...ERRORS, id: 'wide', limit: 4 },
      { ...ERRORS, id: 'narrow', limit: 1, window: 30 },
    ]);
    expect(edge.sendMany(4, EVENT)).toEqual(['accepted', 'limited', 'limited', 'limited']);
    edge.now = START + 15_000;
    expect(edge.sendMany(2, EVENT)).toEqual(['accepted', 'limited']);
    edge.now = START + 44_999;
    expect(edge.sendMany(1, EVENT)).toEqual(['limited']);
  });

  test('the outcome names the quota that lasts longest, and all are told', () => {
    const edge = new Edge([
      { ...ERRORS, id: 'minute', limit: 1, reasonCode: 'minute' },
      { ...ERRORS, id: 'hour', limit: 1, window: 3_600, reasonCode: 'hour' },
    ]);
    edge.send(EVENT);
    const { fates, limits } = edge.send(EVENT);
    expect(fates).toEqual([dropped('hour')]);
    expect(limits.map(({ reason, retryAfter }) => [reason, retryAfter])).toEqual([
      ['minute', 45],
      ['hour', 60],
    ]);
  });

  test.each([
    ['organization', [true, false, false, true]],
    ['project', [true, true, false, true]],
    ['key', [true, true, true, true]],
  ] as const)('a quota of scope %s is shared by all within it', (scope, expected) => {
    const table = new LeaseTable();
    const senders = [
      SENDER,
      { ...SENDER, projectId: 43, keyId: 8 },
      { ...SENDER, keyId: 9 },
      { organizationId: '2', projectId: 44, keyId: 10 },
    ];
    const quotas = [{ ...ERRORS, scope, limit: 20 }];
    // Each sender has a process of its own; only the table is common.
    const shared = new Edge(quotas, { table });
    expect(shared.sendMany(20, EVENT)).not.toContain('limited');
    const accepted = senders.map((sender, i) => {
      const edge = new Edge(quotas, { table, sender });
      edge.send(EVENT);
      return i === 0 || edge.send(EVENT).limits.length === 0;
    });
    expect(accepted).toEqual(expected);
  });
});

describe('beyond the quota', () => {
  test('an error is shed with a 200 up to the hard limit, and limited from there for at most a minute', () => {
    const edge = new Edge([{ ...ERRORS, window: 3_600 }], { hardFactor: 5 });
    expect(edge.sendMany(12, EVENT)).toEqual([
      ...['accepted', 'accepted'],
      ...['shed', 'shed', 'shed', 'shed', 'shed', 'shed', 'shed', 'shed'],
      ...['limited', 'limited'],
    ]);
    expect(edge.send(EVENT).limits).toEqual([
      { retryAfter: 60, categories: ['error'], scope: 'project', reason: 'too_many' },
    ]);
  });

  test('a kept one is accepted with its weight', () => {
    const edge = new Edge([ERRORS], { hardFactor: 5 });
    edge.sendMany(2, EVENT);
    edge.keep = { isKept: true, weight: 12 };
    expect(edge.send(EVENT, attachment(5))).toMatchObject({
      fates: [{ isAccepted: true, weight: 12 }, ACCEPTED],
      limits: [],
    });
  });

  test('what is shed takes its attachments with it', () => {
    const edge = new Edge([ERRORS], { hardFactor: 5 });
    edge.sendMany(2, EVENT);
    const shed = { isAccepted: false, reason: 'shed', release: 'shop@1' };
    expect(edge.send(EVENT, attachment(5), SESSION).fates).toEqual([shed, shed, ACCEPTED]);
  });

  test('a limit of 0 is never softened, and told for a minute', () => {
    const edge = new Edge([{ ...ERRORS, limit: 0, window: 3_600 }], { hardFactor: 5 });
    expect(edge.send(EVENT)).toMatchObject({
      fates: [dropped('too_many')],
      limits: [{ retryAfter: 60, categories: ['error'], scope: 'project', reason: 'too_many' }],
    });
  });

  test('nothing but errors is shed', () => {
    const edge = new Edge([{ ...ERRORS, categories: ['session'] }], { hardFactor: 5 });
    expect(edge.sendMany(3, SESSION)).toEqual(['accepted', 'accepted', 'limited']);
  });

  test.each([
    [10_000, 60, 200],
    [1_000, 60, 50],
    [1_000, 3_600, 2],
    [60_000, 3_600, 50],
    [10, 60, 2],
  ])('of a limit of %i per %i s, %i are kept a minute', (limit, seconds, kept) => {
    expect(keptPerMinute(limit, seconds)).toBe(kept);
  });
});
