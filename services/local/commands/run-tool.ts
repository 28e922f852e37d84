import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inRoot, root } from '../repository.ts';

export interface ToolRun {
  /** Exit code; 1 where a signal ended it. */
  readonly code: number;
  /** Standard output and error as they came. Empty when `show`. */
  readonly output: string;
  readonly seconds: number;
}

/**
 * Runs a tool of node_modules on this runtime, from the root of the repository.
 *
 * @param options.show lets it write to the terminal instead of collecting what it says.
 */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: { readonly show?: boolean; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<ToolRun> {
  const started = performance.now();
  const child = spawn(process.execPath, [binOf(tool), ...args], {
    cwd: root,
    env: { ...process.env, ...colours(), ...options.env },
    stdio: options.show === true ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve(exitCode ?? 1));
  });
  return {
    code,
    output: Buffer.concat(chunks).toString('utf8'),
    seconds: (performance.now() - started) / 1000,
  };
}

/** The script behind a tool's name, read from its package: links in .bin may be missing or shell scripts. */
function binOf(tool: string): string {
  const [packageName, binName] = TOOLS[tool] ?? [tool, tool];
  const manifest = JSON.parse(readFileSync(inRoot('node_modules', packageName, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  const path = typeof manifest.bin === 'string' ? manifest.bin : manifest.bin[binName];
  if (path === undefined) throw new Error(`${packageName} has no command ${binName}`);
  return inRoot('node_modules', packageName, path);
}

const TOOLS: Readonly<Record<string, readonly [packageName: string, binName: string]>> = {
  biome: ['@biomejs/biome', 'biome'],
  tsc: ['typescript', 'tsc'],
};

function colours(): Record<string, string> {
  return process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {};
}
