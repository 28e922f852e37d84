import { randomBytes } from 'node:crypto';
import { sql } from '@culprit/postgres';
import { eventually, skipsForLackOfKafka } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWebhookReceiver, type WebhookReceiver } from '../e2e/webhook-receiver.ts';
import { expectNothingLost } from '../faults/expect-nothing-lost.ts';
import { openLedger } from '../release/ledger.ts';
import { type Sender, startSender } from '../release/sender.ts';
import { watchPages } from '../release/watch-pages.ts';
import { Fleet, KINDS } from './fleet.ts';

/** Events a second, over both ingests. */
const RATE = 50;
/** Larger than what the log takes: the payload goes by way of the file store. */
const LARGE_BYTES = 600 * 1024;

describe.skipIf(await skipsForLackOfKafka())('two ingests, three processors, two alerts and two webs', () => {
  let fleet: Fleet;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    receiver = await startWebhookReceiver();
    fleet = await Fleet.start();
    await fleet.database.execute(sql`
      insert into alert_channels (organization_id, kind, target, secret)
      values (${fleet.organizationId}, 'webhook', ${receiver.url}, 'secret')`);
  });
  afterAll(async () => {
    await fleet?.stop();
    await receiver?.close();
  });

  test('share the partitions of the log', async () => {
    const senders = fleet.dsns.map((dsn) => startSender(dsn, RATE / 2));
    await eventually(
      'each processor has two of six partitions',
      async () => {
        const counts = await fleet.partitionsByProcessor();
        if (counts.every((count) => count === 2)) return true;
        throw new Error(counts.join(', '));
      },
      { timeoutMs: 60_000 },
    );
    await Promise.all(senders.map((sender) => sender.finish()));
  });

  test.each(KINDS)(
    'are replaced one after the other, here each %s, and lose, double and refuse nothing',
    async (kind) => {
      const before = fleet.pidsOf(kind);
      const senders = fleet.dsns.map((dsn) => startSender(dsn, RATE / 2));
      const pages = fleet.pages.map((url) => watchPages(url));
      await untilMoreAreAcknowledged(senders);
      const large = new Set(await Promise.all(fleet.dsns.map(sendLarge)));
      await fleet.roll(kind);
      for (const id of await Promise.all(fleet.dsns.map(sendLarge))) large.add(id);
      await untilMoreAreAcknowledged(senders);
      await Promise.all(senders.map((sender) => sender.finish()));
      expect(fleet.pidsOf(kind).filter((pid) => before.includes(pid))).toEqual([]);
      for (const watched of pages) {
        const { answered, failures } = await watched.finish();
        expect(failures).toEqual({});
        expect(answered).toBeGreaterThan(0);
      }
      for (const sender of senders) await expectNothingLost(fleet, sender);
      await expectStoredOnce(large);
      expect(await fleet.filesOnMachines()).toEqual([]);
      await expectEachMessageOnce();
    },
  );

  /** More than a second's worth of events came in since now. */
  async function untilMoreAreAcknowledged(senders: readonly Sender[]): Promise<void> {
    const before = senders.map(({ counts }) => counts.acknowledged.size);
    await eventually(
      'events come in at each ingest',
      () => senders.every(({ counts }, at) => counts.acknowledged.size > (before[at] ?? 0) + RATE),
      { timeoutMs: 60_000 },
    );
  }

  async function expectStoredOnce(ids: ReadonlySet<string>): Promise<void> {
    const ledger = await openLedger(fleet);
    try {
      expect(await ledger.missing(ids)).toEqual([]);
      expect(await ledger.doubled(ids)).toEqual([]);
    } finally {
      await ledger.close();
    }
  }

  /** Every new issue was told of, and each message came once, whichever alerts process made it. */
  async function expectEachMessageOnce(): Promise<void> {
    const keys = await eventually(
      'every message is delivered',
      async () => {
        const { keys: made, waiting } = await fleet.told();
        return waiting === 0 && receiver.received.length >= made.length && made;
      },
      { timeoutMs: 60_000 },
    );
    const received = receiver.received.map(({ headers }) => String(headers['idempotency-key']));
    expect(received.toSorted()).toEqual(keys.toSorted());
    expect(keys.length).toBeGreaterThan(0);
  }
});

async function sendLarge(dsn: string): Promise<string> {
  const { origin, username, pathname } = new URL(dsn);
  const id = randomBytes(16).toString('hex');
  const event = {
    event_id: id,
    fingerprint: ['large'],
    exception: { values: [{ type: 'Large', value: 'x' }] },
    extra: { text: randomBytes(LARGE_BYTES / 2).toString('hex') },
  };
  const answer = await fetch(`${origin}/api${pathname}/envelope/?sentry_key=${username}&sentry_version=7`, {
    method: 'POST',
    body: [JSON.stringify({ event_id: id }), '{"type":"event"}', JSON.stringify(event)].join('\n'),
  });
  expect(answer.status).toBe(200);
  return id;
}
