import { existsSync } from 'node:fs';
import {
  beginLmdbTopic,
  type EventLog,
  EventLogError,
  type LogConfig,
  logEnvironment,
  openConfiguredLog,
  withSpool,
} from '@culprit/event-log';
import { createDatabase, sql } from '@culprit/postgres';
import { type Logger, parseConfig } from '@culprit/runtime';
import { type LogChoice, type LogPlace, nextLog } from './log-choice.ts';

/** Another log was asked for while the one before still holds events, or cannot be looked into. */
export class LogSwitchError extends Error {}

/**
 * Makes the log that follows another, once all of that is processed. Nothing may run on either.
 *
 * @param variables by which the log before is found.
 * @throws LogSwitchError saying how many records wait there.
 */
export async function switchLog(options: {
  readonly before: LogChoice;
  readonly to: { readonly place: LogPlace; readonly partitions: number };
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What waits there is forwarded to a Kafka only. */
  readonly spoolFolder: string;
  readonly databaseUrl: string;
  readonly logger: Logger;
}): Promise<LogChoice> {
  const { before, to, variables, spoolFolder, databaseUrl, logger } = options;
  const config = parseConfig(logEnvironment, variables).log;
  const log = await openConfiguredLog(config, { logger, clientId: 'culprit-local' }).catch(
    (cause: unknown) => {
      throw new LogSwitchError(
        `The events of this folder went to ${nameOf(before.place)}, and whether all of them are processed cannot be seen: ${(cause as Error).message}`,
        { cause },
      );
    },
  );
  try {
    const firstOffset = await demandProcessed(log, before, databaseUrl);
    const next = nextLog(before, to.place, to.partitions, firstOffset);
    if (next.place === 'lmdb') await demandNothingSpooled(log, before, spoolFolder);
    if (next.place === 'lmdb') await beginEmbedded(next, variables);
    logger.info({ from: before, to: next }, 'the events go to another log from now on');
    return next;
  } finally {
    await log.close();
  }
}

async function beginEmbedded(
  { topic, partitions, firstOffset }: LogChoice,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { log } = parseConfig(logEnvironment, { ...variables, CULPRIT_LOG: 'lmdb' });
  if (log.mode !== 'lmdb') throw new Error('an embedded log was asked for');
  const begins = Array.from({ length: partitions }, () => firstOffset);
  try {
    await beginLmdbTopic({ folder: log.folder, topic, begins });
  } catch (error) {
    // A start that was killed before it could note its choice made it already.
    if (!(error instanceof EventLogError) || !(await isUnused({ ...log, topic, partitions }, firstOffset)))
      throw error;
  }
}

async function isUnused(config: LogConfig, firstOffset: number): Promise<boolean> {
  const log = await openConfiguredLog(config);
  const lag = await log.lag().finally(() => log.close());
  return lag.every(({ start, end }) => start === firstOffset && end === firstOffset);
}

/** The offset that comes after all of its partitions'. @throws LogSwitchError */
async function demandProcessed(log: EventLog, choice: LogChoice, databaseUrl: string): Promise<number> {
  const { positions, plans } = await progressOf(log.topic, databaseUrl);
  const lag = await log.lag();
  const waiting = lag.reduce(
    (sum, { partition, start, end }) =>
      sum + Math.max(0, end - Math.max(start, positions.get(partition) ?? 0)),
    0,
  );
  if (waiting > 0 || plans > 0) {
    throw new LogSwitchError(
      `${Math.max(waiting, plans)} records in ${nameOf(choice.place)} are not processed. ` +
        `Start once more with that log (${howToStart(choice.place)}), wait until the System page shows none waiting, stop, and try again.`,
    );
  }
  return Math.max(choice.firstOffset, ...lag.map(({ end }) => end), ...positions.values());
}

async function demandNothingSpooled(log: EventLog, { place }: LogChoice, folder: string): Promise<void> {
  if (place === 'lmdb' || !existsSync(folder)) return;
  const keepRefused = (): Promise<never> => Promise.reject(new Error('ingest does it'));
  const spooled = await withSpool(log, { folder, keepRefused });
  const { waiting, refused } = await spooled.figures().finally(() => spooled.close());
  if (waiting + refused === 0) return;
  throw new LogSwitchError(
    `${waiting + refused} records wait in ${folder} for ${nameOf(place)}. Start once more with it (${howToStart(place)}), and try again.`,
  );
}

async function progressOf(
  topic: string,
  databaseUrl: string,
): Promise<{ readonly positions: ReadonlyMap<number, number>; readonly plans: number }> {
  const database = createDatabase({ url: databaseUrl, applicationName: 'culprit-local', max: 1 });
  try {
    const rows = await database.many<{ partition: number; next: string }>(
      sql`select partition, next from log_positions where topic = ${topic}`,
    );
    const { plans } = await database.one<{ plans: number }>(
      sql`select count(*)::int as plans from batch_plans where topic = ${topic}`,
    );
    return { positions: new Map(rows.map(({ partition, next }) => [partition, Number(next)])), plans };
  } finally {
    await database.close();
  }
}

function nameOf(place: LogPlace): string {
  if (place === 'lmdb') return 'the embedded log';
  return place === 'kafka' ? 'your Kafka' : 'the embedded Kafka';
}

function howToStart(place: LogPlace): string {
  if (place === 'lmdb') return 'CULPRIT_LOG=lmdb npm start';
  return place === 'kafka'
    ? 'npm start -- --kafka with KAFKA_BROKERS'
    : 'npm start -- --kafka without KAFKA_BROKERS';
}
