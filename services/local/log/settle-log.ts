import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@culprit/runtime';
import type { DataFolder } from '../data-folder.ts';
import { firstLog, type LogChoice, type LogPlace, variablesOf } from './log-choice.ts';
import { LogSwitchError, switchLog } from './switch-log.ts';

/** What a person asked for; undefined: as it was. */
export interface LogWish {
  readonly place: LogPlace | undefined;
  readonly partitions: number | undefined;
  readonly topic: string;
  /** As `log resize` says it, with topic and partitions: then the person has decided, and nothing is compared. */
  readonly firstOffset: number | undefined;
}

export interface SettledLog {
  readonly choice: LogChoice;
  /** What the services are told. */
  readonly variables: Readonly<Record<string, string>>;
}

const PARTITIONS = 4;

/**
 * Which log the events of this folder go to: the one that is asked for, else that of the last start. Another one than last time, or another number of
 * partitions, is only possible when everything in the one before is processed.
 *
 * @throws LogSwitchError
 */
export async function settleLog(options: {
  readonly wish: LogWish;
  readonly folder: DataFolder;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly kafkaPort: number;
  /** Resolves when the database can be asked. */
  readonly database: Promise<{ readonly databaseUrl: string }>;
  /** Runs an embedded Kafka for as long as `use` takes. */
  readonly withKafka: <T>(use: () => Promise<T>) => Promise<T>;
  readonly logger: Logger;
}): Promise<SettledLog> {
  const { wish, folder, env, kafkaPort, logger } = options;
  const before = (await folder.log()) ?? logOfOlderFolder(folder, wish);
  const place = wish.place ?? before?.place ?? 'lmdb';
  const partitions = wish.partitions ?? before?.partitions ?? PARTITIONS;
  if (place === 'kafka' && (env.KAFKA_BROKERS ?? '') === '') {
    throw new LogSwitchError(
      'The events of this folder go to your Kafka. Set KAFKA_BROKERS, or choose another log with --kafka or CULPRIT_LOG=lmdb.',
    );
  }
  const settled = async (): Promise<LogChoice> => {
    const { topic, firstOffset } = wish;
    if (firstOffset !== undefined) return { ...firstLog(place, topic, partitions), firstOffset };
    if (before === undefined) return firstLog(place, topic, partitions);
    if (before.place === place && before.partitions === partitions) return before;
    const { databaseUrl } = await options.database;
    const variables = { ...env, CULPRIT_DATA: folder.path, ...variablesOf(before, env, kafkaPort) };
    const change = (): Promise<LogChoice> =>
      switchLog({
        before,
        to: { place, partitions },
        variables,
        spoolFolder: folder.file('spool'),
        databaseUrl,
        logger,
      });
    return before.place === 'embedded-kafka' ? options.withKafka(change) : change();
  };
  const choice = await settled();
  await folder.saveLog(choice);
  return { choice, variables: variablesOf(choice, env, kafkaPort) };
}

/** Folders of the first release have no `log.json`, only the log. */
function logOfOlderFolder(folder: DataFolder, { topic, partitions }: LogWish): LogChoice | undefined {
  if (!existsSync(join(folder.file('log'), topic, 'topic.json'))) return undefined;
  return firstLog('lmdb', topic, partitions ?? PARTITIONS);
}
