import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

export const RECORDS = 150;

function isStraceUsable(): boolean {
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
}

/** True where strace cannot be used, after one line that says so. @throws where CULPRIT_REQUIRE names strace. */
export function skipsForLackOfStrace(): boolean {
  if (isStraceUsable()) return false;
  const isRequired = (process.env.CULPRIT_REQUIRE ?? '').split(',').includes('strace');
  if (isRequired) throw new Error('CULPRIT_REQUIRE names strace, and strace does not run here');
  process.stdout.write(
    'skipped: strace does not run here, so the order of fdatasync and answer was not seen\n',
  );
  return true;
}

/** A finished system call. `path` is the file behind the descriptor or, of an open, the file opened. */
export interface Call {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

/** Calls in the order in which they finished, as `strace -f -y` tells them; failed ones are left out. */
function finishedCalls(trace: string): Call[] {
  const begun = new Map<string, string>();
  const calls: Call[] = [];
  for (const line of trace.split('\n')) {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(pid, rest.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const text = resumed === null ? rest : `${begun.get(pid) ?? ''}${resumed[1] ?? ''}`;
    const [, name] = /^(\w+)\(.* = \d+/.exec(text) ?? [];
    if (name === undefined) continue;
    const [, path = ''] = (name === 'openat' ? /, "([^"]*)"/ : /^\w+\(\d+<([^>]*)>/).exec(text) ?? [];
    calls.push({ name, path, text });
  }
  return calls;
}

/** What a process asks of the system that appends `RECORDS` records one by one to the log that `module` opens. */
export async function traceOfAppends(
  module = new URL('./open-place.ts', import.meta.url).href,
): Promise<{ calls: Call[]; folder: string }> {
  const folder = await temporaryFolder();
  const trace = join(folder, 'trace');
  const child = spawnSync(
    'strace',
    [
      ...['-f', '-y', '-e', 'trace=openat,pwrite64,pwritev,writev,fdatasync,fsync,msync,write', '-o', trace],
      process.execPath,
      new URL('../src/contract/child.ts', import.meta.url).pathname,
      module,
      JSON.stringify({ folder, partitions: 1 }),
      ...['append', 'traced', String(RECORDS), '3000', '1'],
    ],
    { encoding: 'utf8', timeout: 60_000 },
  );
  expect(child.stdout.split('\n').filter((line) => line.startsWith('traced-'))).toHaveLength(RECORDS);
  return { calls: finishedCalls(readFileSync(trace, 'utf8')), folder: join(folder, 'contract') };
}

/** The process says that a record is durable. */
export const isAnswer = ({ name, text }: Call): boolean =>
  name === 'write' && /^write\(1<[^>]*>, "traced-/.test(text);

/** For each answer, whether since the one before pages were written, then synced, and then their root was written. */
export function durableAnswers(calls: readonly Call[], folder: string): readonly boolean[] {
  const answers = calls.flatMap((call, index) => (isAnswer(call) ? [index] : []));
  let previous = calls.findIndex(({ text }) => text.includes('"ready'));
  return answers.map((answer) => {
    const between = calls.slice(previous + 1, answer).filter((call) => isData(call, folder));
    // Pages are written first, one or several at a time; the root, 128 bytes of it, last.
    const page = between.findLastIndex(({ name, text }) => {
      return /^p?writev?(64)?$/.test(name) && Number(/ = (\d+)/.exec(text)?.[1]) >= 4096;
    });
    const sync = between.findLastIndex(({ name }) => name === 'fdatasync');
    const root = between.findLastIndex(({ name, text }) => name === 'pwrite64' && / = 128$/.test(text));
    previous = answer;
    return page >= 0 && sync > page && root > sync;
  });
}

export function isData({ path }: Call, folder: string): boolean {
  return path.startsWith(folder) && path.endsWith('.mdb');
}
