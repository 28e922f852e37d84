import { silentLogger } from '@culprit/runtime';
import { eventually } from '@culprit/testkit';
import { describe, expect, test } from 'vitest';
import { Part, type RunningPart } from '../part.ts';
import { exchangeServices, RollError, rollServices, type ServiceName } from '../roll.ts';

interface TestProcess extends RunningPart {
  /** What it was told to do. */
  readonly told: string[];
  die(): void;
}

/** A process that ends when the test says so; told to drain, it only notes it. */
function aProcess(pid: number): TestProcess {
  const { promise: exited, resolve } = Promise.withResolvers<{ code: number; signal: null }>();
  const told: string[] = [];
  const die = (): void => resolve({ code: 1, signal: null });
  return {
    pid,
    exited,
    told,
    die,
    kill: die,
    stop: async () => {
      told.push('stop');
      die();
    },
    drain: async () => {
      told.push('drain');
      await exited;
    },
  };
}

/** A part whose processes have the numbers 1, 2, 3…; `fails` says which of them do not start. */
function aPart(name = 'it', fails: readonly number[] = []) {
  const started: TestProcess[] = [];
  let tries = 0;
  const part = new Part({
    name,
    logger: silentLogger(),
    start: async () => {
      tries += 1;
      if (fails.includes(tries)) throw new Error(`${name} does not start`);
      const running = aProcess(tries);
      started.push(running);
      return running;
    },
    onChange: async () => {},
  });
  return { part, started };
}

describe('a part that is replaced', () => {
  test('works again before the old process is told to finish, and waits for nobody who finishes', async () => {
    const { part, started } = aPart();
    await part.start();
    const { pid, gone } = await part.replace();
    expect([pid, started[0]?.told]).toEqual([2, ['drain']]);
    started[0]?.die();
    await gone;
    expect(started).toHaveLength(2);
    await part.stop();
    expect(started[1]?.told).toContain('stop');
  });

  test('keeps the old process when the new one does not start', async () => {
    const { part, started } = aPart('it', [2]);
    await part.start();
    await expect(part.replace()).rejects.toThrow('it does not start');
    expect(started[0]?.told).toEqual([]);
    started[0]?.die();
    await eventually('it is started again', () => started.length === 2);
    await part.stop();
  });

  test('whose new process dies is started again, once', async () => {
    const { part, started } = aPart();
    await part.start();
    const { gone } = await part.replace();
    started[0]?.die();
    started[1]?.die();
    await gone;
    await eventually('a third one runs', () => started.length === 3);
    await part.stop();
    expect(started).toHaveLength(3);
  });

  test('that is down at the moment comes back once, not twice', async () => {
    const { part, started } = aPart();
    await part.start();
    started[0]?.die();
    await eventually('it is noticed', async () => {
      const { pid } = await part.replace();
      return pid >= 2;
    });
    await part.stop();
    expect(started.length).toBeLessThanOrEqual(3);
  });

  test('stops the old process, too, when everything stops', async () => {
    const { part, started } = aPart();
    await part.start();
    const { gone } = await part.replace();
    await part.stop();
    await gone;
    expect(started.map(({ told }) => told.at(-1))).toEqual(['stop', 'stop']);
  });
});

test('a service that does not start takes those replaced before it back, and the others are not touched', async () => {
  const processor = aPart('processor');
  const alerts = aPart('alerts', [2]);
  const ingest = aPart('ingest');
  const parts = new Map<ServiceName, Part>([
    ['processor', processor.part],
    ['alerts', alerts.part],
    ['ingest', ingest.part],
  ]);
  for (const part of parts.values()) await part.start();
  const seen: string[] = [];
  let reverted = 0;
  const rolling = rollServices({
    parts,
    services: ['processor', 'alerts', 'ingest'],
    onStep: ({ service, pid }) => seen.push(`${service} ${pid}`),
    revert: () => {
      reverted += 1;
    },
    logger: silentLogger(),
  });
  await expect(rolling).rejects.toThrow(RollError);
  expect(seen).toEqual(['processor 2']);
  expect(reverted).toBe(1);
  expect([processor.started.length, alerts.started.length, ingest.started.length]).toEqual([3, 1, 1]);
  for (const part of parts.values()) await part.stop();
});

test('services that may not run beside the new ones are all gone before the first new one starts', async () => {
  const log: string[] = [];
  let held: Promise<void> = Promise.resolve();
  const aHeldPart = (name: ServiceName): Part => {
    let count = 0;
    return new Part({
      name,
      logger: silentLogger(),
      start: async () => {
        await held;
        count += 1;
        const running = aProcess(count);
        log.push(`${name} ${running.pid} starts`);
        void running.exited.then(() => log.push(`${name} ${running.pid} is gone`));
        return running;
      },
      onChange: async () => {},
    });
  };
  const parts = new Map<ServiceName, Part>([
    ['processor', aHeldPart('processor')],
    ['ingest', aHeldPart('ingest')],
  ]);
  for (const part of parts.values()) await part.start();
  const barrier = Promise.withResolvers<void>();
  held = barrier.promise;
  const pids: number[] = [];
  await exchangeServices({
    parts,
    services: ['processor', 'ingest'],
    onStep: ({ pid }) => pids.push(pid),
    release: barrier.resolve,
  });
  expect(pids).toEqual([2, 2]);
  expect(log.slice(2, 4).sort()).toEqual(['ingest 1 is gone', 'processor 1 is gone']);
  for (const part of parts.values()) await part.stop();
});
