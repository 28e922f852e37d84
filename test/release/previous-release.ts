import { resolve } from 'node:path';
import { runCommand } from '../../services/local/commands/run-command.ts';
import { inRoot } from '../../services/local/repository.ts';

/**
 * What HEAD is compared with: what is asked for, else the newest tag `v…` before HEAD, else, while nothing has been released, HEAD's parent.
 */
export async function choosePrevious(asked: string | undefined): Promise<{ name: string; why: string }> {
  if (asked !== undefined) return { name: asked, why: 'as asked' };
  const tags = await runCommand('git', ['tag', '--list', 'v*', '--merged', 'HEAD', '--sort=-v:refname']);
  const here = await runCommand('git', ['tag', '--list', 'v*', '--points-at', 'HEAD']);
  const ofHead = new Set(here.split('\n'));
  const tag = tags.split('\n').find((name) => name !== '' && !ofHead.has(name));
  return tag === undefined
    ? { name: 'HEAD~1', why: 'nothing has been released yet: the commit before' }
    : { name: tag, why: 'the newest release' };
}

/** A tarball as it is named, or one of a tag or commit, made in `out`. */
export async function tarballOf(name: string, out: string, say: (line: string) => void): Promise<string> {
  if (name.endsWith('.tar.gz')) return resolve(name);
  say(`packing ${name}`);
  const printed = await runCommand(process.execPath, [
    inRoot('services/local/commands/release.ts'),
    '--commit',
    name,
    '--out',
    out,
  ]);
  const tarball = printed.split('\n').find((line) => line.endsWith('.tar.gz'));
  if (tarball === undefined) throw new Error(`no tarball was made:\n${printed}`);
  return tarball;
}
