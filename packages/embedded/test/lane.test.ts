import { expect, test } from 'vitest';
import { Lane } from '../src/clickhouse/lane.ts';

function blocker() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { task: () => promise, release: resolve };
}
const signal = new AbortController().signal;

test('a lane runs so many at once, the rest in order, and refuses who finds the queue full', async () => {
  const lane = new Lane({ name: 'read', width: 2, maxWaiting: 2 });
  const order: string[] = [];
  const blockers = [blocker(), blocker(), blocker(), blocker()];
  const runs = blockers.map(({ task }, index) =>
    lane.run(signal, () => {
      order.push(`start ${index}`);
      return task();
    }),
  );
  expect(order).toEqual(['start 0', 'start 1']);
  await expect(lane.run(signal, () => Promise.resolve())).rejects.toMatchObject({ code: 202, status: 503 });
  blockers[1]?.release();
  await runs[1];
  expect(order).toEqual(['start 0', 'start 1', 'start 2']);
  for (const { release } of blockers) release();
  await Promise.all(runs);
  await lane.idle();
  expect(order).toEqual(['start 0', 'start 1', 'start 2', 'start 3']);
});

test('who hangs up while waiting never starts, and a task that fails gives its place on', async () => {
  const lane = new Lane({ name: 'insert', width: 1, maxWaiting: 5 });
  const first = blocker();
  const running = lane.run(signal, async () => {
    await first.task();
    throw new Error('broken');
  });
  const hangUp = new AbortController();
  let started = false;
  const waiting = lane.run(hangUp.signal, async () => {
    started = true;
  });
  const last = lane.run(signal, () => Promise.resolve('served'));
  hangUp.abort();
  await expect(waiting).rejects.toMatchObject({ code: 394 });
  first.release();
  await expect(running).rejects.toThrow('broken');
  expect(await last).toBe('served');
  expect(started).toBe(false);
});

test('a lane that is closed lets the running end and refuses the rest', async () => {
  const lane = new Lane({ name: 'change', width: 1, maxWaiting: 5 });
  const first = blocker();
  const running = lane.run(signal, first.task);
  const waiting = lane.run(signal, () => Promise.resolve());
  lane.refuseAll();
  await expect(waiting).rejects.toMatchObject({ code: 394 });
  await expect(lane.run(signal, () => Promise.resolve())).rejects.toMatchObject({ code: 394 });
  first.release();
  await running;
  await lane.idle();
});
