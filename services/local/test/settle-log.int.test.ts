import { logEnvironment, openConfiguredLog, openLmdbEventLog } from '@culprit/event-log';
import { sql } from '@culprit/postgres';
import { silentLogger } from '@culprit/runtime';
import {
  skipsForLackOfKafka,
  type TemporaryFolder,
  type TestDatabase,
  temporaryFolder,
  testDatabase,
  testKafka,
} from '@culprit/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataFolder } from '../data-folder.ts';
import { type LogWish, type SettledLog, settleLog } from '../log/settle-log.ts';

let temporary: TemporaryFolder;
let folder: DataFolder;
let store: TestDatabase;
beforeEach(async () => {
  [temporary, store] = await Promise.all([temporaryFolder(), testDatabase()]);
  folder = new DataFolder(temporary.path);
});
afterEach(() => Promise.all([temporary.remove(), store.drop()]));

function settle(
  wish: Partial<LogWish> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<SettledLog> {
  return settleLog({
    wish: { place: undefined, partitions: undefined, topic: 'events', firstOffset: undefined, ...wish },
    folder,
    env,
    kafkaPort: 8404,
    database: Promise.resolve({ databaseUrl: store.url }),
    withKafka: (use) => use(),
    logger: silentLogger(),
  });
}

/** Three records in each of two partitions of `events`. */
async function appendSome(topic = 'events'): Promise<void> {
  const log = await openLmdbEventLog({ folder: folder.file('log'), topic, partitions: 2 });
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await log.append([{ key, value: Buffer.from(key) }]);
  await log.close();
}

async function processUntil(next: number, topic = 'events'): Promise<void> {
  await store.database.execute(
    sql`insert into log_positions (topic, partition, next) values (${topic}, 0, ${next}), (${topic}, 1, ${next})`,
  );
}

test('a new folder has the embedded log, and keeps it', async () => {
  const { choice } = await settle();
  expect(choice).toEqual({ format: 1, place: 'lmdb', topic: 'events', partitions: 4, firstOffset: 0 });
  expect(await folder.log()).toEqual(choice);
  expect((await settle()).choice).toEqual(choice);
});

test('another log is refused while the one before holds records that are not processed', async () => {
  await settle({ partitions: 2 });
  await appendSome();
  await expect(settle({ place: 'embedded-kafka' })).rejects.toThrow('6 records in the embedded log');
  expect((await folder.log())?.place).toBe('lmdb');
  expect((await settle()).choice.place).toBe('lmdb');
});

test('another log follows once all is processed, begins above it, and can be left again', async () => {
  await settle({ partitions: 2 });
  await appendSome();
  await processUntil(6);
  const { choice } = await settle({ place: 'lmdb', partitions: 3 });
  expect(choice).toMatchObject({ topic: 'events-2', partitions: 3, firstOffset: 6 });
  const log = await openLmdbEventLog({ folder: folder.file('log'), topic: 'events-2', partitions: 3 });
  expect(await log.lag()).toEqual([0, 1, 2].map((partition) => ({ partition, start: 6, end: 6 })));
  await log.close();
  expect((await settle({ place: 'embedded-kafka' })).choice).toMatchObject({
    topic: 'events-3',
    firstOffset: 6,
  });
});

test('a start that was killed before it had noted its choice does not stand in the way', async () => {
  await settle({ partitions: 2 });
  await appendSome();
  await processUntil(6);
  const before = await folder.log();
  const { choice } = await settle({ partitions: 3 });
  if (before !== undefined) await folder.saveLog(before);
  expect((await settle({ partitions: 3 })).choice).toEqual(choice);
});

test('a folder that is older than the choice of a log has the embedded one', async () => {
  await appendSome();
  await expect(settle({ place: 'embedded-kafka', partitions: 2 })).rejects.toThrow(
    '6 records in the embedded log',
  );
});

test('what `log resize` says is taken as it is', async () => {
  await settle({ partitions: 2 });
  await appendSome();
  const { choice } = await settle({ topic: 'events-2', partitions: 3, firstOffset: 500 });
  expect(choice).toMatchObject({ topic: 'events-2', partitions: 3, firstOffset: 500 });
});

test('a Kafka of yours must be named', async () => {
  await settle({ place: 'kafka' }, { KAFKA_BROKERS: 'a:9092' });
  await expect(settle()).rejects.toThrow('Set KAFKA_BROKERS');
});

describe.skipIf(await skipsForLackOfKafka())('with Kafka', () => {
  test('the embedded log follows it once all is processed', async () => {
    const { brokers, topicPrefix } = await testKafka();
    const env = { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: topicPrefix, CULPRIT_KAFKA_SINGLE: '1' };
    await settle({ place: 'kafka', partitions: 2 }, env);
    const variables = { ...env, CULPRIT_LOG: 'kafka', CULPRIT_LOG_PARTITIONS: '2' };
    const log = await openConfiguredLog(logEnvironment.parse(variables).log);
    for (const key of ['a', 'b', 'c', 'd']) await log.append([{ key, value: Buffer.from(key) }]);
    const end = Math.max(...(await log.lag()).map((lag) => lag.end));
    await log.close();
    await expect(settle({ place: 'lmdb' }, env)).rejects.toThrow('4 records in your Kafka');
    await processUntil(end, `${topicPrefix}events`);
    expect((await settle({ place: 'lmdb' }, env)).choice).toEqual({
      format: 1,
      place: 'lmdb',
      topic: 'events-2',
      partitions: 2,
      firstOffset: end,
    });
  });

  test('a Kafka that does not answer is not left', async () => {
    await settle({ place: 'kafka' }, { KAFKA_BROKERS: '127.0.0.1:1' });
    await expect(settle({ place: 'lmdb' }, { KAFKA_BROKERS: '127.0.0.1:1' })).rejects.toThrow(
      'cannot be seen',
    );
  });
});
