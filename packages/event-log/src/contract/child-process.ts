import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { type Place, until } from './subject.ts';

export interface Child {
  /** What it printed so far, without the first line, `ready`. */
  readonly lines: readonly string[];
  kill(signal: 'SIGKILL' | 'SIGTERM'): void;
  /** Resolves when all of its output is read and it has ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

/** Starts a process of `child.ts` on a place and waits until it has opened the log. */
export async function startChild(place: Place, ...command: readonly string[]): Promise<Child> {
  const { module, config } = place.opener;
  const script = new URL('./child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, module, config, ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  let isReady = false;
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => {
    if (line === 'ready') isReady = true;
    else lines.push(line);
  });
  const ended = Promise.all([once(child, 'exit'), once(output, 'close')]).then(([[code, signal]]) => ({
    code: code as number | null,
    signal: signal as string | null,
  }));
  await until(() => isReady || child.exitCode !== null, 'the child has opened the log');
  return { lines, kill: (signal) => child.kill(signal), ended };
}
