import { spawn } from 'node:child_process';
import { root } from '../repository.ts';

/** A program that we need did not do what it should. */
export class CommandFailedError extends Error {
  readonly code = 'command_failed';
}

const LONGEST_OUTPUT = 16 * 1024 * 1024;

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output, at most 16 MiB.
 * @throws CommandFailedError with the end of what it said.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const said: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= LONGEST_OUTPUT) out.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < 1_000) said.push(chunk);
  });
  const code = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'unknown'));
  });
  const output = Buffer.concat(out).toString('utf8');
  if (code !== 0) {
    const words = `${output}${Buffer.concat(said).toString('utf8')}`.slice(-2_000);
    throw new CommandFailedError(`${command} ${args[0] ?? ''} ended with ${code}:\n${words}`);
  }
  return output;
}
