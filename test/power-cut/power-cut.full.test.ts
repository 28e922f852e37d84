import { execFile } from 'node:child_process';
import { chmod, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type TemporaryFolder, temporaryFolder } from '@culprit/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check } from '../chaos/check.ts';
import { Load } from '../chaos/load.ts';
import { LocalStack, waitFor } from '../chaos/local-stack.ts';
import { committed, untilEmpty } from '../chaos/progress.ts';
import { killTree, whileFrozen } from './process-tree.ts';

const run = promisify(execFile);
const VERIFY = 'services/processor/verify-main.ts';
const SENDERS = 8;
const PAUSE_MS = 20;
const COMMITS_BETWEEN_COPIES = 800;
const PATIENCE_MS = 120_000;

type Store = 'postgres' | 'clickhouse';

let base: TemporaryFolder;
let stack: LocalStack;
let ackFile: string;

beforeEach(async () => {
  base = await temporaryFolder();
  await chmod(base.path, 0o711); // PostgreSQL may run as somebody else
  ackFile = join(base.path, 'acknowledged');
  stack = new LocalStack(join(base.path, 'data'), { CULPRIT_PORT: '0', CULPRIT_INGEST_PORT: '0' });
  await stack.start();
});
afterEach(async () => {
  await stack.stop();
  await base.remove();
});

/** Copies the folder of a store as a crash would leave it: all its processes stand still meanwhile. */
async function copyStore(store: Store): Promise<void> {
  const pid = await stack.pidOf(store);
  if (pid === undefined) throw new Error(`${store} does not run`);
  await whileFrozen(pid, async () => {
    await run('cp', ['-a', join(stack.folder, store), join(base.path, store)]);
  });
}

async function putBack(store: Store): Promise<void> {
  await rm(join(stack.folder, store), { recursive: true });
  await rename(join(base.path, store), join(stack.folder, store));
}

async function untilCommitted(more: number): Promise<void> {
  const before = await committed(stack);
  await waitFor(
    `${more} more records are committed`,
    async () => (await committed(stack)) >= before + more || undefined,
    PATIENCE_MS,
  );
}

/**
 * Load; a copy of `older`; more load; a copy of `newer`; more load; everything is killed at once. What starts again has the two copies and
 * the log as it was at the end.
 */
async function cutPower(older: Store, newer: Store): Promise<void> {
  const load = new Load((await stack.firstRun()).dsn);
  await load.start(ackFile, SENDERS, PAUSE_MS);
  await untilCommitted(COMMITS_BETWEEN_COPIES);
  await copyStore(older);
  await untilCommitted(COMMITS_BETWEEN_COPIES);
  await copyStore(newer);
  await untilCommitted(COMMITS_BETWEEN_COPIES);
  await killTree(stack.pid ?? 0);
  await load.stop();
  await putBack(older);
  await putBack(newer);
}

describe.skipIf(process.platform !== 'linux')(
  'after a power cut that leaves the stores at different moments',
  () => {
    /** With what shows that the stores really disagreed: what verify mends, or what the processor notices at its start. */
    const cases: readonly (readonly [older: Store, newer: Store, sign: string])[] = [
      ['postgres', 'clickhouse', 'rows are stored ahead of the position'],
      ['clickhouse', 'postgres', 'committed events that have no row'],
    ];

    test.each(cases)(
      '%s older than %s, and the log newest: verify --repair brings every acknowledged event back, once',
      async (older, newer, sign) => {
        await cutPower(older, newer);
        await stack.start();
        await untilEmpty(stack);
        const repaired = await stack.tool(VERIFY, ['--repair']);
        await untilEmpty(stack);

        const log = await readFile(`${stack.folder}.log`, 'utf8');
        expect(`${log}\n${repaired.output}`).toContain(sign);
        const result = await check(stack, ackFile);
        expect(result.acknowledged).toBeGreaterThan(3 * COMMITS_BETWEEN_COPIES);
        expect({ ...result, repaired: repaired.output }).toMatchObject({
          missing: [],
          doubled: [],
          verify: expect.stringMatching(/^All counters agree with \d+ events/m),
          isVerified: true,
        });
        const acknowledged = (await readFile(ackFile, 'utf8')).trim().split('\n');
        expect(new Set(acknowledged).size).toBe(result.acknowledged);
      },
    );
  },
);
