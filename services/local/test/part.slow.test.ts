import { silentLogger } from '@culprit/runtime';
import { eventually } from '@culprit/testkit';
import { expect, test } from 'vitest';
import { Part, type RunningPart } from '../part.ts';

/** A process that ends when the test says so. */
function aProcess(pid: number): RunningPart & { die(): void } {
  const { promise: exited, resolve } = Promise.withResolvers<{ code: number; signal: null }>();
  const die = (): void => resolve({ code: 1, signal: null });
  return { pid, exited, die, kill: die, stop: async () => die() };
}

test('what dies is started again, and whoever asks hears of each', async () => {
  const started: ReturnType<typeof aProcess>[] = [];
  const heard: (number | undefined)[] = [];
  const part = new Part({
    name: 'it',
    logger: silentLogger(),
    start: async () => {
      const running = aProcess(started.length + 1);
      started.push(running);
      return running;
    },
    onChange: async (running) => {
      heard.push(running?.pid);
    },
  });
  await part.start();
  started[0]?.die();
  await eventually('a second one runs', () => started.length === 2);
  await part.stop();
  expect(heard).toEqual([1, undefined, 2]);
});

test('a start that fails is tried again, each time later', async () => {
  const tries: number[] = [];
  const part = new Part({
    name: 'it',
    logger: silentLogger(),
    start: async () => {
      tries.push(performance.now());
      if (tries.length < 4) throw new Error('not yet');
      return aProcess(1);
    },
    onChange: async () => {},
  });
  await part.start();
  await part.stop();
  const waits = tries.slice(1).map((time, i) => time - (tries[i] ?? 0));
  // A busy machine makes a wait longer, never shorter.
  expect(waits[0]).toBeGreaterThan(150);
  expect(waits[1]).toBeGreaterThan(350);
  expect(waits[2]).toBeGreaterThan(750);
});

test('what is stopped while it starts does not run on', async () => {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const late = aProcess(1);
  const part = new Part({
    name: 'it',
    logger: silentLogger(),
    start: async () => {
      begun.resolve();
      await go.promise;
      return late;
    },
    onChange: async () => {},
  });
  const starting = part.start();
  await begun.promise;
  const stopping = part.stop();
  go.resolve();
  await Promise.all([starting, stopping]);
  expect(await late.exited).toEqual({ code: 1, signal: null });
});

test('once means once: a first start that fails is told, not repeated', async () => {
  let tries = 0;
  const part = new Part({
    name: 'it',
    logger: silentLogger(),
    start: () => {
      tries += 1;
      return Promise.reject(new Error('the folder is not usable'));
    },
    onChange: async () => {},
  });
  await expect(part.startOnce()).rejects.toThrow('the folder is not usable');
  expect(tries).toBe(1);
});
