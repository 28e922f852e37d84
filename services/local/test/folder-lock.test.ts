import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FolderInUseError, lockFolder } from '../folder-lock.ts';
import { identityOf, isAlive } from '../process-identity.ts';

let folder: TemporaryFolder;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'lock');
});
afterEach(() => folder.remove());

test('a folder is locked for one at a time, and free after the release', async () => {
  const lock = await lockFolder(path);
  await expect(lockFolder(path)).rejects.toEqual(new FolderInUseError(identityOf(process.pid)));
  await lock.release();
  await (await lockFolder(path)).release();
  expect(readdirSync(folder.path)).toEqual([]);
});

test('of many that find a dead lock at once, one gets the folder', async () => {
  writeFileSync(path, JSON.stringify(await identityOfDead()));
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(path)));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(readdirSync(folder.path)).toEqual(['lock']);
});

test('a lock that a crash left empty, or that names a process number now used by another, is dead', async () => {
  writeFileSync(path, '');
  await (await lockFolder(path)).release();
  writeFileSync(path, JSON.stringify({ ...identityOf(process.pid), started: 'long ago' }));
  await (await lockFolder(path)).release();
});

test('a process is known by its number and its start, and is not alive once it ended', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const identity = identityOf(child.pid ?? 0);
  expect(isAlive(identity)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAlive(identity)).toBe(false);
});

async function identityOfDead() {
  const child = spawn(process.execPath, ['-e', '']);
  const identity = identityOf(child.pid ?? 0);
  await once(child, 'exit');
  return identity;
}
