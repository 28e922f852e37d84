import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../src/contract/subject.ts';
import { Doorbell } from '../src/lmdb/doorbell.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function twoDoorbells(): Promise<[Doorbell, Doorbell, string]> {
  const path = join(await temporaryFolder(), 'doorbell');
  const [here, there] = [new Doorbell(path), new Doorbell(path)];
  onTestFinished(() => {
    here.close();
    there.close();
  });
  return [here, there, path];
}

test('a ring wakes who waits at another handle of the same file', async () => {
  const [here, there] = await twoDoorbells();
  const forever = new AbortController().signal;
  // The first wait returns at once: rings before it went unnoticed.
  await there.wait(there.generation, 600_000, forever);
  for (let round = 0; round < 20; round += 1) {
    const seen = there.generation;
    const waiting = there.wait(seen, 600_000, forever);
    here.ring();
    await until(() => there.generation !== seen, 'the ring is noticed', 500);
    await waiting;
  }
});

test('a wait ends at once when the generation has moved on, when it is aborted, and by its time', async () => {
  const [here] = await twoDoorbells();
  const stop = new AbortController();
  await here.wait(here.generation, 600_000, stop.signal);
  const seen = here.generation;
  here.ring();
  await here.wait(seen, 600_000, stop.signal);
  await here.wait(here.generation, 1, stop.signal);
  const waiting = here.wait(here.generation, 600_000, stop.signal);
  stop.abort();
  await waiting;
});

test('the file does not grow', async () => {
  const [here, , path] = await twoDoorbells();
  for (let count = 0; count < 100; count += 1) here.ring();
  expect(statSync(path).size).toBe(1);
});
