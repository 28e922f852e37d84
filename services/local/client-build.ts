import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inRoot, isThere, root } from './repository.ts';
import { walkFiles } from './walk-files.ts';

const CLIENT = 'services/web/client';
const SOURCES = [CLIENT, 'packages/api/src', 'packages/settings/src', 'package-lock.json'];
const DIST = inRoot(CLIENT, 'dist');
/** In the folder of the built pages: the hash of their sources. */
const BUILT = '.built';
const SKIPPED = /^(?:dist|node_modules|test|\.cache)$/;

/** The pages cannot be built. */
export class ClientBuildError extends Error {
  readonly code = 'client_build';
}

/**
 * Builds the pages when their sources are not those of the last build.
 *
 * @param options.onStart told before it builds.
 * @returns whether it built.
 * @throws ClientBuildError with what the build said.
 */
export async function buildClient(options: {
  readonly force?: boolean;
  /** What the build inherits. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onStart: () => void;
}): Promise<boolean> {
  if (!isThere(CLIENT, 'vite.config.ts')) return false;
  const hash = await hashOfSources();
  if (options.force !== true && (await readFile(join(DIST, BUILT), 'utf8').catch(() => '')) === hash)
    return false;
  options.onStart();
  const fresh = inRoot('.cache', `pages-${process.pid}`);
  try {
    await runVite(fresh, options.env);
    await writeFile(join(fresh, BUILT), hash);
    await replaceDist(fresh);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return true;
}

/** Pages are replaced whole: another start may build or serve them at this moment. */
async function replaceDist(fresh: string): Promise<void> {
  const old = `${fresh}-old`;
  await rename(DIST, old).catch(ignoreMissing);
  // Where another start was faster, its pages are as good as ours.
  await rename(fresh, DIST).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  await rm(old, { recursive: true, force: true });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function runVite(outFolder: string, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const vite = inRoot('node_modules', 'vite', 'bin', 'vite.js');
  const child = spawn(
    process.execPath,
    [vite, 'build', '--logLevel', 'warn', '--outDir', outFolder, '--emptyOutDir'],
    {
      cwd: inRoot(CLIENT),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, NODE_ENV: 'production' },
    },
  );
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0)
    throw new ClientBuildError(`The pages cannot be built:\n${Buffer.concat(said).toString('utf8')}`);
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of await walkFiles(root, source, (path) => !SKIPPED.test(basename(path)))) {
      hash
        .update(file)
        .update('\0')
        .update(await readFile(join(root, file)))
        .update('\0');
    }
  }
  return hash.digest('hex');
}
