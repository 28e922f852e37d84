import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FolderInUseError, lockFolder } from '../folder-lock.ts';
import { identityOf, isAlive } from '../process-identity.ts';

let folder: TemporaryFolder;
let path: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await folder.remove();
});

test('a folder is locked for one at a time, and free after the release', () => {
  const lock = lockFolder(path);
  expect(() => lockFolder(path)).toThrow(new FolderInUseError(identityOf(process.pid)));
  lock.release();
  lockFolder(path).release();
});

test('of many processes that want a folder at once, one gets it', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, async () => (await lockInProcess()).answer));
  expect(answers.toSorted()).toEqual(['has it', ...Array(5).fill('refused')]);
});

test('the lock of a process that was killed is gone with it', async () => {
  const { child, answer } = await lockInProcess();
  expect(answer).toBe('has it');
  const identity = identityOf(child.pid ?? 0);
  expect(() => lockFolder(path)).toThrow(new FolderInUseError(identity));
  expect(isAlive(identity)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAlive(identity)).toBe(false);
  lockFolder(path).release();
});

test('a process number that another process has by now is not taken for the first', () => {
  expect(isAlive({ ...identityOf(process.pid), started: 'long ago' })).toBe(false);
});

/** Another process that tries, says what came of it, and lives on. */
async function lockInProcess(): Promise<{ readonly child: ChildProcess; readonly answer: string }> {
  const module = join(import.meta.dirname, '..', 'folder-lock.ts');
  const script = `
    import { lockFolder } from ${JSON.stringify(module)};
    setInterval(() => {}, 1000);
    try { globalThis.lock = lockFolder(${JSON.stringify(path)}); process.stdout.write('has it'); }
    catch (error) { process.stdout.write(error.code === 'folder_in_use' ? 'refused' : String(error)); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [chunk] = await once(child.stdout, 'data');
  return { child, answer: String(chunk) };
}
