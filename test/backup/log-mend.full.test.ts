import { spawn } from 'node:child_process';
import { chmod, cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createClickHouse, defineQuery } from '@culprit/clickhouse';
import { type TemporaryFolder, temporaryFolder } from '@culprit/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { check } from '../chaos/check.ts';
import { Load } from '../chaos/load.ts';
import { LocalStack, waitFor } from '../chaos/local-stack.ts';
import { committed, untilEmpty } from '../chaos/progress.ts';

const ROOT = join(import.meta.dirname, '../..');

const places = defineQuery({
  name: 'test_mend_places',
  params: {},
  row: z.object({ rows: z.coerce.number(), places: z.coerce.number(), outcomes: z.coerce.number() }),
  sql: `SELECT count() AS rows, uniqExact(log_partition, log_offset) AS places,
      (SELECT sum(quantity) FROM outcomes WHERE outcome = 'accepted' AND category = 'error') AS outcomes FROM events`,
});

let base: TemporaryFolder;
let stack: LocalStack;

beforeEach(async () => {
  base = await temporaryFolder();
  await chmod(base.path, 0o711); // PostgreSQL may run as somebody else
  stack = new LocalStack(join(base.path, 'data'), { CULPRIT_PORT: '0', CULPRIT_INGEST_PORT: '0' });
  await stack.start();
});
afterEach(async () => {
  await stack.stop();
  await base.remove();
});

async function send(ackFile: string, more: number): Promise<void> {
  const load = new Load((await stack.firstRun()).dsn);
  await load.start(ackFile, 4, 5);
  await waitFor(`${more} acknowledged`, async () => load.counts.acknowledged >= more || undefined, 60_000);
  await load.stop();
}

async function mend(): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'services/local/commands/log-mend.ts')], {
    cwd: ROOT,
    env: { ...process.env, CULPRIT_DATA: stack.folder },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number>((resolve) => child.once('close', (exit) => resolve(exit ?? -1)));
  return { code, output };
}

async function expectAllOnce(ackFile: string): Promise<void> {
  await untilEmpty(stack);
  const { missing, doubled, isVerified, verify } = await check(stack, ackFile);
  expect({ missing, doubled, isVerified, verify }).toEqual({
    missing: [],
    doubled: [],
    isVerified: true,
    verify: expect.stringContaining('All counters agree'),
  });
  const clickhouse = createClickHouse({ url: (await stack.run()).clickhouseUrl });
  const [row] = await clickhouse.query(places, {}).finally(() => clickhouse.close());
  expect(row?.places).toBe(row?.rows);
  expect(row?.outcomes).toBe(row?.rows);
}

describe('culprit log-mend', () => {
  test('after the log folder was lost: the new log gives no place twice, and every later event is counted once', async () => {
    const sent = join(base.path, 'sent');
    await send(sent, 200);
    await untilEmpty(stack);
    await stack.stop();
    await rm(join(stack.folder, 'log'), { recursive: true });
    const mended = await mend();
    expect(mended, mended.output).toMatchObject({ code: 0 });
    const again = await mend();
    expect(again.output).toContain('nothing to mend');
    await stack.start();
    await send(sent, 200);
    await expectAllOnce(sent);
  });

  test('after an older copy of the log had come in its place: what was acknowledged into that copy is not lost', async () => {
    const sent = join(base.path, 'sent');
    await send(sent, 100);
    await untilEmpty(stack);
    await stack.stop();
    await cp(join(stack.folder, 'log'), join(base.path, 'log'), { recursive: true });
    await stack.start();
    await send(sent, 400);
    await untilEmpty(stack);
    const before = await committed(stack);
    await stack.stop();
    await rm(join(stack.folder, 'log'), { recursive: true });
    await cp(join(base.path, 'log'), join(stack.folder, 'log'), { recursive: true });
    // Ingest takes events all the same: it knows nothing of positions.
    await stack.start();
    await send(sent, 60);
    expect(await committed(stack)).toBe(before);
    await stack.stop();
    const mended = await mend();
    expect(mended, mended.output).toMatchObject({ code: 0 });
    await stack.start();
    await expectAllOnce(sent);
    expect((await readFile(sent, 'utf8')).split('\n').length).toBeGreaterThan(560);
  });
});
