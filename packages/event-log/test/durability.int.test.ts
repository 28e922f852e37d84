import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const RECORDS = 150;

function isStraceUsable(): boolean {
  return spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
}

function skipsForLackOfStrace(): boolean {
  if (isStraceUsable()) return false;
  const isRequired = (process.env.CULPRIT_REQUIRE ?? '').split(',').includes('strace');
  if (isRequired) throw new Error('CULPRIT_REQUIRE names strace, and strace does not run here');
  process.stdout.write(
    'skipped: strace does not run here, so the order of fdatasync and answer was not seen\n',
  );
  return true;
}

/** A finished system call. `path` is the file behind the descriptor or, of an open, the file opened. */
interface Call {
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

async function traceOfAppends(): Promise<{ calls: Call[]; folder: string }> {
  const folder = await temporaryFolder();
  const trace = join(folder, 'trace');
  const child = spawnSync(
    'strace',
    [
      ...['-f', '-y', '-e', 'trace=openat,pwrite64,pwritev,writev,fdatasync,fsync,msync,write', '-o', trace],
      process.execPath,
      new URL('../src/contract/child.ts', import.meta.url).pathname,
      new URL('./open-place.ts', import.meta.url).href,
      JSON.stringify({ folder, partitions: 1 }),
      ...['append', 'traced', String(RECORDS), '3000', '1'],
    ],
    { encoding: 'utf8', timeout: 60_000 },
  );
  expect(child.stdout.split('\n').filter((line) => line.startsWith('traced-'))).toHaveLength(RECORDS);
  return { calls: finishedCalls(readFileSync(trace, 'utf8')), folder: join(folder, 'contract', '0') };
}

const isAnswer = ({ name, text }: Call): boolean =>
  name === 'write' && /^write\(1<[^>]*>, "traced-/.test(text);

test.skipIf(skipsForLackOfStrace())(
  'an append is answered after its pages, fdatasync and root are on the disk',
  async () => {
    const { calls, folder } = await traceOfAppends();
    const isData = ({ path }: Call): boolean => path.startsWith(folder) && path.endsWith('.mdb');

    const answers = calls.flatMap((call, index) => (isAnswer(call) ? [index] : []));
    expect(answers).toHaveLength(RECORDS);
    let previous = calls.findIndex(({ text }) => text.includes('"ready'));
    expect(previous).toBeGreaterThan(0);
    for (const answer of answers) {
      const between = calls.slice(previous + 1, answer).filter(isData);
      // Pages are written first, one or several at a time; the root, 128 bytes of it, last.
      const page = between.findLastIndex(({ name, text }) => {
        return /^p?writev?(64)?$/.test(name) && Number(/ = (\d+)/.exec(text)?.[1]) >= 4096;
      });
      const sync = between.findLastIndex(({ name }) => name === 'fdatasync');
      const root = between.findLastIndex(({ name, text }) => name === 'pwrite64' && / = 128$/.test(text));
      expect([page >= 0, sync > page, root > sync]).toEqual([true, true, true]);
      previous = answer;
    }
    // The root is written through a descriptor of its own that is synchronous.
    const opens = calls.filter((call) => call.name === 'openat' && isData(call));
    expect(opens.some(({ text }) => /O_WRONLY\|O_DSYNC/.test(text))).toBe(true);
  },
);

test.skipIf(skipsForLackOfStrace())(
  'the name of a new segment is durable before a record in it is answered',
  async () => {
    const { calls, folder } = await traceOfAppends();
    const created = calls.flatMap(({ name, path, text }, index) => {
      const isCreation = name === 'openat' && /O_EXCL|O_APPEND/.test(text);
      return isCreation && path.startsWith(folder) && path.endsWith('.mdb') ? [index] : [];
    });
    expect(created.length).toBeGreaterThan(2);
    for (const index of created) {
      const answer = calls.findIndex((call, later) => later > index && isAnswer(call));
      const sync = calls.findIndex(
        ({ name, path }, later) => later > index && name === 'fsync' && path === folder,
      );
      expect(sync).toBeGreaterThan(index);
      if (answer > 0) expect(sync).toBeLessThan(answer);
    }
  },
);
