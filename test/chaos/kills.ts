import { spawn } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { killHard, type LocalStack, waitFor } from './local-stack.ts';

export type Victim = 'ingest' | 'processor' | 'clickhouse' | 'postgres' | 'supervisor' | 'kafka';
const VICTIMS: readonly Victim[] = ['ingest', 'processor', 'clickhouse', 'postgres', 'supervisor'];

/** Places between each pair of writes of a batch; `services/processor` stops there when told to. */
export const FAULT_POINTS = [
  'planning',
  'planned',
  'stored-events',
  'stored-attachments',
  'stored-outcomes',
  'stored',
  'committing',
  'committed',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

export interface Kill {
  readonly victim: Victim;
  /** Where a batch stood; undefined: any moment. */
  readonly at: FaultPoint | undefined;
}

/**
 * Which kills to make: three of four at a fault point, so that every pair of victim and point comes up in turn, and the others at any
 * moment. Deterministic, so that a run can be repeated.
 */
export function planKills(count: number, log: 'lmdb' | 'kafka'): readonly Kill[] {
  const victims = log === 'kafka' ? [...VICTIMS, 'kafka' as const] : VICTIMS;
  const pairs = FAULT_POINTS.flatMap((at, i) =>
    victims.map((_, j) => ({ at, victim: victims[(i + j) % victims.length] ?? 'processor' })),
  );
  let pair = 0;
  return Array.from({ length: count }, (_, n): Kill => {
    if (n % 4 === 3) return { victim: victims[(n >> 2) % victims.length] ?? 'processor', at: undefined };
    // 7 has no factor in common with 40 or 48: all pairs come up before one comes up again.
    const next = pairs[(pair * 7) % pairs.length] ?? { at: 'planned' as const, victim: 'processor' as const };
    pair += 1;
    return next;
  });
}

/** Makes one kill and brings the stack back. Resolves to whether a batch stood at the fault point. */
export async function makeKill(stack: LocalStack, kill: Kill, faultFolder: string): Promise<boolean> {
  const isHit = kill.at === undefined ? false : await hold(kill.at, faultFolder);
  if (kill.at === undefined) await delay(Math.random() * 500);
  if (kill.victim === 'supervisor') await stack.kill();
  else killHard(await stack.pidOf(kill.victim));
  await rm(faultFolder, { recursive: true, force: true });
  await mkdir(faultFolder, { recursive: true });
  if (kill.victim === 'supervisor') await stack.start();
  return isHit;
}

/** Arms a fault point and waits until a batch stands there. */
async function hold(point: FaultPoint, faultFolder: string): Promise<boolean> {
  await writeFile(join(faultFolder, `${point}.armed`), '');
  return waitFor(
    `a batch at ${point}`,
    async () => ((await readdir(faultFolder)).some((file) => file.endsWith('.hit')) ? true : undefined),
    20_000,
  ).catch(() => false);
}

/**
 * Kills the ClickHouse process while every rename is slowed down, so that it dies between noting a token and renaming the part into
 * place: the token is then "eaten". Needs strace. Resolves when the process is gone.
 */
export async function killBetweenTokenAndRename(stack: LocalStack): Promise<void> {
  const pid = await stack.pidOf('clickhouse');
  if (pid === undefined) throw new Error('ClickHouse does not run');
  const calls = 'rename,renameat,renameat2';
  const tracer = spawn(
    'strace',
    [
      '-f',
      '-p',
      String(pid),
      '-e',
      `trace=${calls}`,
      '-e',
      `inject=${calls}:delay_enter=150000`,
      '-o',
      '/dev/null',
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => tracer.once('exit', resolve));
  await delay(1_000 + Math.random() * 1_000);
  killHard(pid);
  await ended;
}
