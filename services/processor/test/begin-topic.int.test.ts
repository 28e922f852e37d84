import { openLmdbEventLog } from '@culprit/event-log';
import { sql } from '@culprit/postgres';
import { type TestDatabase, temporaryFolder, testDatabase } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { beginTopic } from '../begin-topic.ts';
import { readPositions } from '../store/positions.ts';

let store: TestDatabase;
beforeEach(async () => {
  store = await testDatabase();
});
afterEach(() => store.drop());

async function havePosition(topic: string, partition: number, next: number): Promise<void> {
  await store.database.execute(
    sql`insert into log_positions (topic, partition, next) values (${topic}, ${partition}, ${next})`,
  );
}

/** A topic of that name with two partitions, as the processor opens it. */
async function begin(topic: string, firstOffset?: number): Promise<ReadonlyMap<number, number>> {
  const folder = await temporaryFolder();
  const log = await openLmdbEventLog({ folder: folder.path, topic, partitions: 2 });
  try {
    await beginTopic(firstOffset === undefined ? log : Object.assign(log, { firstOffset }), store.database);
  } finally {
    await log.close();
    await folder.remove();
  }
  return readPositions(store.database, topic);
}

test('the first log begins at 0', async () => {
  expect(await begin('events')).toEqual(
    new Map([
      [0, 0],
      [1, 0],
    ]),
  );
});

test('a log that comes after another begins where it was told to, and keeps its positions at later starts', async () => {
  await havePosition('events', 0, 500);
  await havePosition('events', 1, 20);
  const begun = new Map([
    [0, 500],
    [1, 500],
  ]);
  expect(await begin('events-2', 500)).toEqual(begun);
  expect(await begin('events-2', 500)).toEqual(begun);
});

test('a log whose offsets another log gave before is refused, also when it was left for that one', async () => {
  await havePosition('events', 0, 20);
  await havePosition('events', 1, 500);
  await expect(begin('events-2')).rejects.toMatchObject({
    code: 'log_overlap',
    message: expect.stringContaining('CULPRIT_LOG_FIRST_OFFSET=500'),
  });
  expect(await readPositions(store.database, 'events-2')).toEqual(new Map());
  await begin('events-2', 500);
  await expect(begin('events')).rejects.toMatchObject({ code: 'log_overlap' });
});
