import { mkdir } from 'node:fs/promises';
import {
  beginLmdbTopic,
  type EventLog,
  EventLogError,
  logEnvironment,
  type NewRecord,
  openConfiguredLog,
} from '@culprit/event-log';
import { createDatabase, sql } from '@culprit/postgres';
import { decodeLogRecord, logKeyOf } from '@culprit/protocol';
import { type Logger, parseConfig } from '@culprit/runtime';
import { firstLog, type LogChoice, type LogPlace, nextLog, variablesOf } from '../log/log-choice.ts';
import { choosePort } from '../ports.ts';
import { startKafka } from '../stores.ts';
import type { RestoreConfig } from './backup-config.ts';
import type { BackupFolder } from './backup-folder.ts';
import { readRecords } from './log-copy.ts';
import { BackupError, type Manifest } from './manifest.ts';
import type { OfflineStores } from './offline-stores.ts';

/** Records that are appended at once. */
const APPEND_RECORDS = 200;
/** Topics that are looked at before one is found that nobody has used. */
const MOST_TOPICS = 50;

export interface RestoredLog {
  readonly choice: LogChoice;
  /** What services are told. */
  readonly variables: Readonly<Record<string, string>>;
}

interface Parts {
  readonly folder: BackupFolder;
  readonly manifest: Manifest;
  readonly stores: OfflineStores;
  readonly config: RestoreConfig;
  readonly logger: Logger;
  readonly onProgress: (message: string) => void;
}

/**
 * Makes the log that a restored installation goes on with and appends the copied records to it; `use` runs while it can be read. The embedded log, if no
 * other was asked for, begins where PostgreSQL's positions stand; a topic on Kafka is a new one and begins above all of them.
 *
 * @throws BackupError when Kafka does not answer or has no topic that fits.
 */
export async function withRestoredLog<T>(parts: Parts, use: (log: RestoredLog) => Promise<T>): Promise<T> {
  const place = parts.config.logWish.place ?? 'lmdb';
  const fill = async (kafkaPort: number): Promise<T> => use(await restoreLog(parts, place, kafkaPort));
  if (place !== 'embedded-kafka') return fill(0);
  const { port } = await choosePort('127.0.0.1', { asked: 0, default: 0 }, new Set());
  const dataFolder = parts.stores.data.file('kafka');
  const kafka = await startKafka({ dataFolder, port, logger: parts.logger });
  return fill(port).finally(() => kafka.stop());
}

async function restoreLog(parts: Parts, place: LogPlace, kafkaPort: number): Promise<RestoredLog> {
  const { folder, manifest, onProgress } = parts;
  const { log, ...restored } = await (place === 'lmdb'
    ? beginEmbedded(parts)
    : beginOnKafka(parts, place, kafkaPort));
  try {
    const records = await appendAll(log, folder, manifest);
    onProgress(`event log (${log.topic}): ${records} records wait to be processed`);
    return restored;
  } finally {
    await log.close();
  }
}

type Begun = RestoredLog & { readonly log: EventLog };

async function beginEmbedded({ manifest, stores, config, logger }: Parts): Promise<Begun> {
  const { topic, positions, firstOffset } = manifest;
  const choice = { ...firstLog('lmdb', topic, positions.length), firstOffset };
  const folder = stores.data.file('log');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await beginLmdbTopic({ folder, topic, begins: positions });
  const variables = variablesOf(choice, config.env, 0);
  return { choice, variables, log: await openLog(variables, stores, logger) };
}

/** The first topic after the one that was copied which nobody has used: of the old one, or of a restore that did not come to its end, there may be records. */
async function beginOnKafka(
  { manifest, stores, config, logger }: Parts,
  place: LogPlace,
  kafkaPort: number,
): Promise<Begun> {
  const used = await usedTopics(stores);
  const firstOffset = Math.max(manifest.firstOffset, ...manifest.positions);
  let choice = firstLog(place, config.logWish.topic, manifest.positions.length);
  for (let looked = 0; looked < MOST_TOPICS; looked += 1) {
    choice = nextLog(choice, place, choice.partitions, firstOffset);
    const variables = variablesOf(choice, config.env, kafkaPort);
    const log = await openLog({ ...config.env, ...variables }, stores, logger);
    const isFresh = !used.has(log.topic) && (await log.lag()).every(({ end }) => end === firstOffset);
    if (isFresh) return { choice, variables, log };
    await log.close();
  }
  throw new BackupError(
    `Every topic up to ${choice.topic} is used: name another stem by CULPRIT_LOG_TOPIC, or delete those that you need no more.`,
  );
}

async function openLog(
  variables: Readonly<Record<string, string | undefined>>,
  { data }: OfflineStores,
  logger: Logger,
): Promise<EventLog> {
  const { log } = parseConfig(logEnvironment, { ...variables, CULPRIT_DATA: data.path });
  try {
    return await openConfiguredLog(log, { clientId: 'culprit-restore', logger });
  } catch (cause) {
    if (!(cause instanceof EventLogError)) throw cause;
    throw new BackupError(`The event log cannot be opened: ${cause.message}`, { cause });
  }
}

async function usedTopics({ databaseUrl: url }: OfflineStores): Promise<ReadonlySet<string>> {
  const database = createDatabase({ url, applicationName: 'culprit-restore', max: 1 });
  try {
    const rows = await database.many<{ topic: string }>(sql`select distinct topic from log_positions`);
    return new Set(rows.map(({ topic }) => topic));
  } finally {
    await database.close();
  }
}

async function appendAll(log: EventLog, folder: BackupFolder, manifest: Manifest): Promise<number> {
  let records = 0;
  for (const part of manifest.log) {
    let waiting: NewRecord[] = [];
    for await (const { offset, value } of readRecords(folder.read(part.file))) {
      waiting.push({ key: keyOf(value) ?? String(offset), value });
      records += 1;
      if (waiting.length < APPEND_RECORDS) continue;
      await log.append(waiting);
      waiting = [];
    }
    await log.append(waiting);
  }
  return records;
}

/** The key that the record was appended with, so that copies of one event meet in one partition. */
function keyOf(value: Uint8Array): string | undefined {
  try {
    return logKeyOf(decodeLogRecord(value).header);
  } catch {
    return undefined; // becomes a dead letter wherever it is
  }
}
