import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { billOfMaterials, describeRelease } from '../release/describe.ts';
import { packRelease } from '../release/pack.ts';
import { PLATFORM, stageCommit } from '../release/stage.ts';
import { inRoot } from '../repository.ts';
import { CommandFailedError, runCommand } from './run-command.ts';

// `npm run release [-- --out folder] [--commit name]`: one tarball that needs no registry and no build.
const { values } = parseArgs({
  options: { out: { type: 'string', default: 'dist' }, commit: { type: 'string', default: 'HEAD' } },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

try {
  await release(resolve(values.out), values.commit);
} catch (error) {
  if (!(error instanceof CommandFailedError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function release(out: string, name: string): Promise<void> {
  const started = performance.now();
  const [hash = '', committedAt = ''] = (
    await runCommand('git', ['log', '-1', '--format=%H %cI', name, '--'])
  )
    .trim()
    .split(' ');
  const changes = await runCommand('git', ['status', '--porcelain', '--untracked-files=no']);
  if (changes !== '') say('the checkout has changes that are not committed: they are not in the release');
  const work = inRoot('.cache', `release-${process.pid}`);
  try {
    await mkdir(out, { recursive: true });
    const tree = await stageCommit(hash, `${work}/tree`, say);
    const manifest = await describeRelease(tree, { hash, committedAt: new Date(committedAt).toISOString() });
    const tarball = `${out}/culprit-${manifest.version}-${PLATFORM.name}.tar.gz`;
    say(`packing ${tree.needed.packages.length} packages and ${tree.needed.workspaces.length} workspaces`);
    const packed = await packRelease({ tree, manifest, bill: billOfMaterials(tree, manifest), tarball });
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    say(
      `${tarball}\n${(packed.bytes / 1e6).toFixed(0)} MB, ${packed.files} files, ${seconds} s\nsha256 ${packed.sha256}`,
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
