import { spawn } from 'node:child_process';
import { appendFile, chmod, copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClickHouse, defineQuery } from '@culprit/clickhouse';
import { openFileStore } from '@culprit/files';
import { FILE_KINDS } from '@culprit/retention';
import { type TemporaryFolder, temporaryFolder } from '@culprit/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Manifest } from '../../services/local/backup/manifest.ts';
import { check } from '../chaos/check.ts';
import { Load } from '../chaos/load.ts';
import { LocalStack, waitFor } from '../chaos/local-stack.ts';
import { committed, untilEmpty } from '../chaos/progress.ts';

const ROOT = join(import.meta.dirname, '../..');
const SENDERS = 6;
const PAUSE_MS = 40;
const PATIENCE_MS = 60_000;

const attachmentFiles = defineQuery({
  name: 'test_backup_attachment_files',
  params: {},
  row: z.object({ file: z.string() }),
  sql: 'SELECT file FROM attachments',
});

let base: TemporaryFolder;
let stack: LocalStack;
let load: Load | undefined;

beforeEach(async () => {
  base = await temporaryFolder();
  await chmod(base.path, 0o711); // PostgreSQL may run as somebody else
  stack = new LocalStack(join(base.path, 'data'), { CULPRIT_PORT: '0', CULPRIT_INGEST_PORT: '0' });
  await stack.start();
});
afterEach(async () => {
  await load?.stop();
  load = undefined;
  await stack.stop();
  await base.remove();
});

interface Said {
  readonly code: number;
  readonly output: string;
}

/** One of the supervisor's commands, on the stack's folder and no running stores. */
async function command(name: string, args: readonly string[]): Promise<Said> {
  const child = spawn(process.execPath, [join(ROOT, 'services/local/commands', `${name}.ts`), ...args], {
    cwd: ROOT,
    env: { ...process.env, CULPRIT_DATA: stack.folder },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number>((resolve) => child.once('close', (exit) => resolve(exit ?? -1)));
  return { code, output };
}

async function startLoad(ackFile: string): Promise<void> {
  load = new Load((await stack.firstRun()).dsn);
  await load.start(ackFile, SENDERS, PAUSE_MS);
}

async function stopLoad(): Promise<void> {
  await load?.stop();
  load = undefined;
}

async function untilCommitted(more: number): Promise<void> {
  const before = await committed(stack);
  await waitFor(
    `${more} more records are committed`,
    async () => (await committed(stack)) >= before + more || undefined,
    PATIENCE_MS,
  );
}

async function expectAllOnce(ackFile: string): Promise<void> {
  await untilEmpty(stack);
  const { missing, doubled, isVerified, verify, acknowledged } = await check(stack, ackFile);
  expect({ missing, doubled, isVerified, verify }).toEqual({
    missing: [],
    doubled: [],
    isVerified: true,
    verify: expect.stringContaining('All counters agree'),
  });
  expect(acknowledged).toBeGreaterThan(0);
}

async function missingFiles(): Promise<{ readonly files: number; readonly missing: readonly string[] }> {
  const clickhouse = createClickHouse({ url: (await stack.run()).clickhouseUrl });
  const store = await openFileStore(join(stack.folder, 'files'));
  const rows = await clickhouse.query(attachmentFiles, {}).finally(() => clickhouse.close());
  const missing: string[] = [];
  for (const { file } of rows) if (!(await store.has(file))) missing.push(file);
  return { files: rows.length, missing };
}

describe('a backup', () => {
  test('that was taken under load brings back every event acknowledged before it, counts each once, and goes on from there', async () => {
    const sent = join(base.path, 'sent');
    const before = join(base.path, 'before');
    const after = join(base.path, 'after');
    await startLoad(sent);
    await untilCommitted(300);
    await copyFile(sent, before);
    const to = join(base.path, 'backup');
    const made = await stack.tool('services/local/commands/backup.ts', ['--to', to]);
    expect(made, made.output).toMatchObject({ code: 0 });
    await untilCommitted(100); // what came later is lost with the folder
    await stopLoad();
    const { token, dsn } = await stack.firstRun();
    await stack.stop();
    await rm(stack.folder, { recursive: true });

    const restored = await command('restore', ['--from', to]);
    expect(restored, restored.output).toMatchObject({ code: 0 });

    await stack.start();
    expect(await stack.firstRun()).toMatchObject({ token });
    expect(new URL((await stack.firstRun()).dsn).username).toBe(new URL(dsn).username);
    await expectAllOnce(before);
    await startLoad(after);
    await untilCommitted(200);
    await stopLoad();
    await appendFile(before, await readFile(after));
    await expectAllOnce(before);
    const known = new Set(FILE_KINDS.flatMap(({ places }) => places));
    expect((await readdir(stack.folder)).filter((name) => !known.has(name))).toEqual([]);
    const files = await missingFiles();
    expect(files.missing).toEqual([]);
    expect(files.files).toBeGreaterThan(0);
  });

  test('has what the log holds and nobody has processed', async () => {
    const sent = join(base.path, 'sent');
    await startLoad(sent);
    await untilCommitted(50);
    await stopLoad();
    await untilEmpty(stack);
    const processor = await stack.pidOf('processor');
    if (processor === undefined) throw new Error('no processor runs');
    process.kill(processor, 'SIGSTOP');
    const to = join(base.path, 'backup');
    try {
      await startLoad(sent);
      await waitFor(
        '100 acknowledged',
        async () => (load?.counts.acknowledged ?? 0) >= 100 || undefined,
        PATIENCE_MS,
      );
      await stopLoad();
      const made = await stack.tool('services/local/commands/backup.ts', ['--to', to]);
      expect(made, made.output).toMatchObject({ code: 0 });
    } finally {
      process.kill(processor, 'SIGCONT');
    }
    const manifest = JSON.parse(await readFile(join(to, 'manifest.json'), 'utf8')) as Manifest;
    expect(manifest.log.reduce((sum, { records }) => sum + records, 0)).toBeGreaterThanOrEqual(100);
    await stack.stop();
    await rm(stack.folder, { recursive: true });

    const restored = await command('restore', ['--from', to]);
    expect(restored, restored.output).toMatchObject({ code: 0 });
    await stack.start();
    await expectAllOnce(sent);
  });

  test('that is damaged, unfinished or would cover something is refused', async () => {
    const to = join(base.path, 'backup');
    const made = await stack.tool('services/local/commands/backup.ts', ['--to', to]);
    expect(made, made.output).toMatchObject({ code: 0 });
    const again = await stack.tool('services/local/commands/backup.ts', ['--to', to]);
    expect(again).toMatchObject({ code: 1, output: expect.stringContaining('is not empty') });
    expect(await command('restore', ['--from', to])).toMatchObject({
      code: 1,
      output: expect.stringContaining('is not empty'),
    });
    await stack.stop();
    await rm(stack.folder, { recursive: true });

    const projects = join(to, 'postgres', 'projects.copy.zst');
    const whole = await readFile(projects);
    await writeFile(projects, whole.subarray(0, whole.length - 1));
    expect(await command('restore', ['--from', to])).toMatchObject({
      code: 1,
      output: expect.stringContaining('postgres/projects.copy.zst of the backup is not what was written'),
    });
    await writeFile(projects, whole);
    await rm(join(to, 'manifest.json'));
    expect(await command('restore', ['--from', to])).toMatchObject({
      code: 1,
      output: expect.stringContaining('did not come to its end'),
    });
    expect(await readdir(base.path)).not.toContain('data');
  });
});
