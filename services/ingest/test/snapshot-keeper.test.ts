import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@culprit/runtime';
import { eventually, manualClock, temporaryFolder } from '@culprit/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConfigSource } from '../snapshot/postgres-source.ts';
import { readSnapshotFile, writeSnapshotFile } from '../snapshot/snapshot-file.ts';
import { SnapshotKeeper } from '../snapshot/snapshot-keeper.ts';
import { KEY, SNAPSHOT } from './harness.ts';

const HOUR = 3_600_000;

/** A source that can be away, and counts how often it is asked. */
class Source implements ConfigSource {
  current = SNAPSHOT;
  isAway = false;
  asked = 0;
  loaded = 0;

  async version(): Promise<number> {
    this.asked++;
    if (this.isAway) throw new Error('away');
    return this.current.version;
  }

  async load(now: number) {
    this.loaded++;
    if (this.isAway) throw new Error('away');
    return { ...this.current, taken_at: now };
  }
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
let source: Source;
let clock: ReturnType<typeof manualClock>;
let keeper: SnapshotKeeper;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'ingest', 'snapshot.json');
  source = new Source();
  clock = manualClock();
  keeper = makeKeeper();
});

afterEach(async () => {
  await keeper.stop();
  await folder.remove();
});

const makeKeeper = (pollMs = HOUR): SnapshotKeeper =>
  new SnapshotKeeper({ source, path, clock, logger: silentLogger(), pollMs });

describe('what is known when ingest starts', () => {
  test('with Postgres: what is there, and it is kept on disk', async () => {
    await keeper.start();
    expect(keeper.directory?.find(KEY)).toMatchObject({ keyId: 1, projectId: 42, isActive: true });
    expect(await readSnapshotFile(path)).toEqual({ ...SNAPSHOT, taken_at: clock.now() });
  });

  test('without Postgres: what the file says', async () => {
    await writeSnapshotFile(path, { ...SNAPSHOT, taken_at: clock.now() - HOUR });
    source.isAway = true;
    await keeper.start();
    expect(keeper.directory?.find(KEY)).toBeDefined();
    expect([keeper.ageMs, keeper.isTrusted()]).toEqual([HOUR, true]);
  });

  test.each([['{"format":2}'], ['{"format":1,"version":'], ['']])('a file %j is none', async (text) => {
    await writeSnapshotFile(path, SNAPSHOT);
    await writeFile(path, text);
    source.isAway = true;
    await keeper.start();
    expect([keeper.directory, keeper.isTrusted()]).toEqual([undefined, false]);
  });
});

describe('trust', () => {
  test('ends 24 hours after the last confirmation, over restarts too, and comes back with Postgres', async () => {
    await keeper.start();
    source.isAway = true;
    clock.advance(24 * HOUR - 1);
    await keeper.refresh();
    expect(keeper.isTrusted()).toBe(true);
    clock.advance(1);
    expect(keeper.isTrusted()).toBe(false);
    await keeper.stop();
    keeper = makeKeeper();
    await keeper.start();
    expect([keeper.directory === undefined, keeper.isTrusted()]).toEqual([false, false]);
    source.isAway = false;
    await keeper.refresh();
    expect(keeper.isTrusted()).toBe(true);
  });

  test('a confirmation without a change is written down at most five minutes late', async () => {
    await keeper.start();
    clock.advance(4 * 60_000);
    await keeper.refresh();
    expect((await readSnapshotFile(path))?.taken_at).toBe(clock.now() - 4 * 60_000);
    clock.advance(60_000);
    await keeper.refresh();
    expect((await readSnapshotFile(path))?.taken_at).toBe(clock.now());
    expect(source.loaded).toBe(1);
  });
});

describe('changes', () => {
  const changed = { ...SNAPSHOT, version: 8, keys: [] };

  test('a new version is loaded at the next poll', async () => {
    keeper = makeKeeper(5);
    await keeper.start();
    source.current = changed;
    await eventually('the key is gone', () => keeper.directory?.size === 0);
    expect(source.loaded).toBe(2);
  });

  test('a hint is followed at once', async () => {
    await keeper.start();
    source.current = changed;
    keeper.hint();
    await eventually('the key is gone', () => keeper.directory?.size === 0);
  });

  test('a key that nobody knows is asked for, at most five times a second', async () => {
    await keeper.start();
    source.asked = 0;
    for (let tries = 0; tries < 50; tries++) await keeper.recheck();
    expect(source.asked).toBe(5);
    clock.advance(1_000);
    source.current = changed;
    await keeper.recheck();
    expect(keeper.directory?.version).toBe(8);
  });

  test('and not at all while Postgres is away', async () => {
    await keeper.start();
    source.isAway = true;
    await keeper.refresh();
    source.asked = 0;
    await keeper.recheck();
    expect(source.asked).toBe(0);
  });
});
