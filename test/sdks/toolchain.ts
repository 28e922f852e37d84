import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

const run = promisify(execFile);
export const PROGRAMS = join(import.meta.dirname, 'programs');

/** What starts a program: a command with its arguments. */
export type Command = readonly [command: string, ...args: readonly string[]];

/** A language that a machine may lack. */
export interface Toolchain {
  /** As CULPRIT_REQUIRE and the report of continuous integration say it. */
  readonly name: string;
  /** What must be there, and the argument by which it says its version. */
  readonly needs: readonly (readonly [command: string, argument: string])[];
  /** Files that the result depends on, below `programs`: another content is another folder in the cache. */
  readonly sources: readonly string[];
  /** Fetches and builds into `folder`, which is empty. */
  readonly build: (folder: string) => Promise<void>;
  /** The program that was built into `folder`. */
  readonly command: (folder: string) => Command;
}

/**
 * The built program; skips the test with a note where the machine lacks the toolchain.
 *
 * @throws where CULPRIT_REQUIRE names it: a machine that should have it must not skip quietly.
 */
export async function builtOrSkipped(toolchain: Toolchain, test: TestContext): Promise<Command> {
  const missing = await firstMissing(toolchain);
  if (missing === undefined) return toolchain.command(await builtFolder(toolchain));
  if ((process.env.CULPRIT_REQUIRE ?? '').split(',').includes(toolchain.name)) {
    throw new Error(`CULPRIT_REQUIRE names ${toolchain.name}, and there is no ${missing}`);
  }
  process.stdout.write(`skipped: ${toolchain.name}: there is no ${missing}\n`);
  return test.skip(`${toolchain.name}: there is no ${missing}`);
}

/** Runs to its end. @throws with what it said where it fails. */
export async function runTool([command, ...args]: Command, cwd: string, env: NodeJS.ProcessEnv = {}) {
  await run(command, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 });
}

async function firstMissing({ needs }: Toolchain): Promise<string | undefined> {
  for (const [command, argument] of needs) {
    try {
      await run(command, [argument]);
    } catch {
      return command;
    }
  }
  return undefined;
}

/** Built once per content of its sources, in `~/.cache/culprit/sdks` or where CULPRIT_SDKS_CACHE says. */
async function builtFolder({ name, sources, build }: Toolchain): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(await readFile(join(PROGRAMS, source)));
  const cache = process.env.CULPRIT_SDKS_CACHE ?? join(homedir(), '.cache', 'culprit', 'sdks');
  const folder = join(cache, `${name}-${hash.digest('hex').slice(0, 12)}`);
  // What was broken off halfway has no mark, and is made anew.
  if (await isThere(join(folder, 'built'))) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(folder);
  await build(folder);
  await writeFile(join(folder, 'built'), '');
  return folder;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
