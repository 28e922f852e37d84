import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pinnedNode } from '../src/pinned-node.ts';

export interface Left {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
}

/** Has another process start the store and kills that process with SIGKILL; returns what it left behind. */
export async function startAndKillSupervisor(
  kind: 'clickhouse' | 'kafka' | 'postgres',
  folder: string,
  account: { readonly uid?: number; readonly gid?: number } = {},
): Promise<Left> {
  const supervisor = spawn(
    pinnedNode(),
    [join(import.meta.dirname, 'supervisor-to-be-killed.ts'), kind, folder],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      ...account,
    },
  );
  const ended = once(supervisor, 'exit');
  const line = await Promise.race([
    once(createInterface({ input: supervisor.stdout }), 'line').then(([first]) => String(first)),
    ended.then(([code]) => Promise.reject(new Error(`the supervisor ended with ${code}`))),
  ]);
  supervisor.kill('SIGKILL');
  await ended;
  return JSON.parse(line) as Left;
}

/** A process that has ended and that nobody has waited for counts as gone. */
export function isAlive(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)])
    .stdout.toString()
    .trim();
  return state !== '' && !state.startsWith('Z');
}
