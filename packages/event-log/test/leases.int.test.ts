import { expect, onTestFinished, test } from 'vitest';
import { bytesOf, LIMITS } from '../src/contract/record-text.ts';
import { until } from '../src/contract/subject.ts';
import {
  type EventLog,
  openLmdbEventLog,
  type PartitionHandler,
  type PartitionLeases,
} from '../src/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Long enough for a process that a busy machine lets wait. */
const LEASE_MS = 600;

/** Leases that say what the test wants. */
class ScriptedLeases implements PartitionLeases {
  readonly claims: { topic: string; partitions: number; ownerId: string; now: number; leaseMs: number }[] =
    [];
  readonly released: string[] = [];
  answer: () => Promise<readonly number[]> = async () => [0];

  async claim(
    topic: string,
    partitions: number,
    ownerId: string,
    now: number,
    leaseMs: number,
  ): Promise<readonly number[]> {
    this.claims.push({ topic, partitions, ownerId, now, leaseMs });
    return await this.answer();
  }

  async release(_: string, ownerId: string): Promise<void> {
    this.released.push(ownerId);
  }
}

interface Handled {
  readonly partition: number;
  readonly claim: AbortSignal;
  finish(): void;
}

async function startConsumer(leases: ScriptedLeases): Promise<{
  log: EventLog;
  handled: Handled[];
  released: number[];
  errors: unknown[];
  stop: AbortController;
  ended: Promise<void>;
}> {
  const log = await openLmdbEventLog({
    folder: await temporaryFolder(),
    topic: 't',
    partitions: 2,
    leases,
    leaseMs: LEASE_MS,
    clock: { now: () => 77 },
  });
  await log.append(['a', 'b', 'c', 'd'].map((key) => ({ key, value: bytesOf(key) })));
  const handled: Handled[] = [];
  const released: number[] = [];
  const errors: unknown[] = [];
  const stop = new AbortController();
  const handler: PartitionHandler = {
    positionOf: async () => 0,
    handle: (partition, _, records, claim) =>
      new Promise((resolve) => {
        const finish = (): void => resolve((records.at(-1)?.offset ?? 0) + 1);
        handled.push({ partition, claim, finish });
      }),
    released: (partition) => released.push(partition),
  };
  const options = {
    ...LIMITS,
    ownerId: 'ab01',
    signal: stop.signal,
    onError: (error: unknown) => errors.push(error),
  };
  const ended = log.consume(handler, options);
  onTestFinished(async () => {
    stop.abort();
    for (const { finish } of handled) finish();
    await ended;
    await log.close();
  });
  return { log, handled, released, errors, stop, ended };
}

test('only owned partitions are handled, and the lease is renewed with the clock that was handed in', async () => {
  const leases = new ScriptedLeases();
  const { handled } = await startConsumer(leases);
  await until(() => leases.claims.length >= 4, 'the lease is renewed');
  expect(handled.map(({ partition }) => partition)).toEqual([0]);
  expect(leases.claims[3]).toEqual({
    topic: 't',
    partitions: 2,
    ownerId: 'ab01',
    now: 77,
    leaseMs: LEASE_MS,
  });
});

test('a lost lease aborts the claim, and the partition starts again only after its handle has ended', async () => {
  const leases = new ScriptedLeases();
  const { handled, released } = await startConsumer(leases);
  await until(() => handled.length === 1, 'partition 0 is handled');
  leases.answer = async () => [1];
  await until(() => handled.length === 2, 'partition 1 is handled');
  expect(handled.map(({ partition, claim }) => [partition, claim.aborted])).toEqual([
    [0, true],
    [1, false],
  ]);
  leases.answer = async () => [0, 1];
  const renewals = leases.claims.length;
  await until(() => leases.claims.length > renewals + 2, 'the lease of both is renewed');
  expect(handled).toHaveLength(2);
  expect(released).toEqual([]);
  handled[0]?.finish();
  await until(() => handled.length === 3, 'partition 0 is handled again');
  expect(released).toEqual([0]);
  expect(handled[2]?.partition).toBe(0);
  expect(handled[2]?.claim.aborted).toBe(false);
});

test('a claim outlives failing renewals, but not its lease', async () => {
  const leases = new ScriptedLeases();
  const { handled, errors } = await startConsumer(leases);
  await until(() => handled.length === 1, 'partition 0 is handled');
  const away = new Error('Postgres is away');
  const abortedAtFailure: (boolean | undefined)[] = [];
  leases.answer = () => {
    abortedAtFailure.push(handled[0]?.claim.aborted);
    return Promise.reject(away);
  };
  await until(() => errors.length >= 1, 'a renewal has failed');
  expect(errors[0]).toBe(away);
  await until(() => handled[0]?.claim.aborted === true, 'the claim is aborted');
  // A renewal is tried a third of a lease after the last good one: the lease still runs then.
  expect(abortedAtFailure[0]).toBe(false);
  handled[0]?.finish();
  leases.answer = async () => [0];
  await until(() => handled.length === 2, 'partition 0 is handled again');
});

test('a renewal that hangs costs the claim when the lease has run out', async () => {
  const leases = new ScriptedLeases();
  const { handled } = await startConsumer(leases);
  await until(() => handled.length === 1, 'partition 0 is handled');
  const { promise, resolve } = Promise.withResolvers<readonly number[]>();
  leases.answer = () => promise;
  await until(() => handled[0]?.claim.aborted === true, 'the claim is aborted');
  leases.answer = async () => [];
  resolve([]);
});

test('leases are renewed while the last handle runs on, and released after it', async () => {
  const leases = new ScriptedLeases();
  const { handled, stop, ended } = await startConsumer(leases);
  await until(() => handled.length === 1, 'partition 0 is handled');
  stop.abort();
  const renewals = leases.claims.length;
  leases.answer = async () => [0, 1];
  await until(() => leases.claims.length > renewals + 4, 'the lease is renewed for more than its length');
  expect(leases.released).toEqual([]);
  expect(handled).toHaveLength(1);
  expect(handled[0]?.claim.aborted).toBe(false);
  handled[0]?.finish();
  await ended;
  expect(leases.released).toEqual(['ab01']);
});
