import { expect, test } from 'vitest';
import { startChild } from '../../packages/event-log/src/contract/child-process.ts';
import { textOf } from '../../packages/event-log/src/contract/record-text.ts';
import { readEverything, until } from '../../packages/event-log/src/contract/subject.ts';
import {
  durableAnswers,
  RECORDS,
  skipsForLackOfStrace,
  traceOfAppends,
} from '../../packages/event-log/test/append-trace.ts';
import { openPlace } from '../../packages/event-log/test/open-place.ts';
import { temporaryFolder } from '../../packages/event-log/test/temporary-folder.ts';

const SOUND = new URL('../../packages/event-log/test/open-place.ts', import.meta.url).href;
const HASTY = new URL('./hasty-place.ts', import.meta.url).href;

/** Kills a process that appends, and counts what it had said to be durable and is not there. */
async function lostByKill(module: string): Promise<number> {
  const config = JSON.stringify({ folder: await temporaryFolder(), partitions: 1 });
  const place = { open: () => openPlace(config), opener: { module, config }, remove: async () => {} };
  const child = await startChild(place, 'append', 'doomed', '20000', '3000', '20');
  await until(() => child.lines.length >= 200, '200 appends are answered');
  child.kill('SIGKILL');
  await child.ended;
  const log = await openPlace(config);
  try {
    const stored = new Set((await readEverything(log)).map(textOf));
    return child.lines.filter((text) => !stored.has(text)).length;
  } finally {
    await log.close();
  }
}

test('“a 200 means durable”: a log that answers too early loses by a kill what a sound one keeps', async () => {
  expect(await lostByKill(SOUND)).toBe(0);
  expect(await lostByKill(HASTY)).toBeGreaterThan(0);
});

test.skipIf(skipsForLackOfStrace())(
  '“a 200 means durable”: the order of system calls shows a log that answers before the disk has it',
  async () => {
    const { calls, folder } = await traceOfAppends(HASTY);
    const answers = durableAnswers(calls, folder);
    expect(answers).toHaveLength(RECORDS);
    expect(answers).toContain(false);
  },
);
