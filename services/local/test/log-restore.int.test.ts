import { logEnvironment, openConfiguredLog, openLmdbEventLog } from '@culprit/event-log';
import { sql } from '@culprit/postgres';
import { encodeLogRecord, logKeyOf } from '@culprit/protocol';
import { silentLogger } from '@culprit/runtime';
import {
  aLogRecord,
  anEventId,
  skipsForLackOfKafka,
  temporaryFolder,
  testDatabase,
  testKafka,
} from '@culprit/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BackupFolder } from '../backup/backup-folder.ts';
import { LogCopy } from '../backup/log-copy.ts';
import { type RestoredLog, withRestoredLog } from '../backup/log-restore.ts';
import type { Manifest } from '../backup/manifest.ts';
import { readConfig } from '../config.ts';
import { DataFolder } from '../data-folder.ts';

const LIMITS = { maxRecords: 100, maxBytes: 1_000_000 };

/** The log's part of a backup: twenty records that were not committed, of a log on Kafka whose positions stood at 5 and 7. */
async function backUp(path: string, topic: string) {
  const records = Array.from({ length: 20 }, () => aLogRecord({ id: anEventId() })).map((record) => ({
    key: logKeyOf(record.header),
    value: encodeLogRecord(record),
  }));
  const log = await openLmdbEventLog({ folder: path, topic: 'events', partitions: 2, minimumFreeBytes: 0 });
  await log.append(records);
  const folder = new BackupFolder(`${path}/backup`);
  await folder.create();
  const copy = await LogCopy.begin(log, [0, 0], folder.path);
  await copy.catchUp();
  const part: Pick<Manifest, 'topic' | 'positions' | 'firstOffset' | 'log'> = {
    topic,
    positions: [5, 7],
    firstOffset: 0,
    log: await copy.finish(folder),
  };
  await log.close();
  return { folder, manifest: part as Manifest, texts: records.map(({ value }) => textOf(value)) };
}

describe.skipIf(await skipsForLackOfKafka())('a log that is restored onto a Kafka that is there', () => {
  test('is a topic that nobody has used, above all positions, with every record that waited', async () => {
    const [{ path, remove }, postgres, kafka] = await Promise.all([
      temporaryFolder(),
      testDatabase(),
      testKafka(),
    ]);
    onTestFinished(async () => {
      await postgres.drop();
      await remove();
    });
    const { folder, manifest, texts } = await backUp(path, `${kafka.topicPrefix}events`);
    const env = {
      CULPRIT_DATA: `${path}/data`,
      CULPRIT_LOG: 'kafka',
      KAFKA_BROKERS: kafka.brokers,
      KAFKA_TOPIC_PREFIX: kafka.topicPrefix,
      CULPRIT_KAFKA_SINGLE: '1',
    };
    const data = new DataFolder(`${path}/data`);
    await data.create();
    const stores = { data, databaseUrl: postgres.url, clickhouseUrl: '' };
    const config = { ...readConfig(env), files: { mode: 'folder', folder: `${path}/files` } as const };
    const restore = () =>
      withRestoredLog(
        { folder, manifest, stores, config, logger: silentLogger(), onProgress: () => {} },
        async (log) => ({ log, ...(await contentOf(log, env)) }),
      );

    const first = await restore();
    expect(first.log.choice).toEqual({
      format: 1,
      place: 'kafka',
      topic: 'events-2',
      partitions: 2,
      firstOffset: 7,
    });
    expect(first.starts).toEqual([7, 7]);
    expect(first.texts.sort()).toEqual(texts.sort());
    // A restore that is begun anew finds that topic used; the next one is known to PostgreSQL.
    await postgres.database.execute(sql`
      insert into log_positions (topic, partition, next) values (${`${kafka.topicPrefix}events-3`}, 0, 7)`);
    const again = await restore();
    expect(again.log.choice.topic).toBe('events-4');
    expect(again.texts.sort()).toEqual(texts.sort());
  });
});

async function contentOf({ variables }: RestoredLog, env: Readonly<Record<string, string>>) {
  const log = await openConfiguredLog(logEnvironment.parse({ ...env, ...variables }).log);
  try {
    const lag = await log.lag();
    const records = await Promise.all(lag.map(({ partition, start }) => log.read(partition, start, LIMITS)));
    return { starts: lag.map(({ start }) => start), texts: records.flat().map(({ value }) => textOf(value)) };
  } finally {
    await log.close();
  }
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString('hex');
}
