import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beginLmdbTopic, type EventLog, type NewRecord, openLmdbEventLog } from '@culprit/event-log';
import { decodeLogRecord, logKeyOf } from '@culprit/protocol';
import { BATCH_LIMITS } from '../consumer.ts';
import type { ProcessorContext } from '../context.ts';
import { highestOffsets } from '../queries/mend.ts';
import { highestDeadOffsets } from '../store/dead-letters.ts';
import { readPlan } from '../store/plans.ts';
import { readPositions, restartPositions } from '../store/positions.ts';
import { withoutRow } from '../verify/missing.ts';

/**
 * How far above everything ever seen the new log begins. A batch of the lost log may have left a token in ClickHouse and no row: a new batch
 * that begins at the same offset would be taken for its repeat and not be stored. No batch has as many records.
 */
const JUMP = 1_000_000;

export interface MendOptions {
  /** Folder of the log; holds the topic's folder. */
  readonly folder: string;
  readonly onProgress: (message: string) => void;
}

/** Where the log and PostgreSQL stand. */
interface PartitionState {
  readonly partition: number;
  readonly position: number;
  /** The last offset of an unfinished plan. */
  readonly planFirst: number | undefined;
  readonly planLast: number | undefined;
  readonly start: number;
  readonly end: number;
}

/**
 * Puts a new event log in the place of one that was lost or is an older copy. It begins above every offset that any store has seen, so that no place is given
 * twice; what the old folder still holds and nobody has processed is taken over. Nothing may run on the folder meanwhile.
 *
 * @param old the log as it is there, perhaps empty; it is closed when something was mended.
 * @returns false when the log fits the positions and nothing was done.
 */
export async function mendLog(
  old: EventLog,
  options: MendOptions,
  context: ProcessorContext,
): Promise<boolean> {
  const { folder, onProgress } = options;
  const { topic, partitions } = old;
  const states = await statesOf(old, context);
  if (states.every(fits)) return false;
  const begins = await beginsOf(states, context);
  const fresh = join(folder, `${topic}-new`);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  await beginLmdbTopic({ folder: fresh, topic, begins });
  const log = await openLmdbEventLog({ folder: fresh, topic, partitions });
  let kept = 0;
  try {
    for (const state of states) kept += await takeOver(old, log, state, context);
  } finally {
    await log.close();
  }
  onProgress(`${kept} records that nobody had processed are in the new log`);
  await old.close();
  await swap(folder, topic, fresh, context, onProgress);
  // Last: a log that begins above the positions is harmless, positions above the log are not.
  await restartPositions(context.database, topic, begins);
  onProgress(`the log begins at ${begins.join(', ')}`);
  return true;
}

function fits({ position, planFirst, start, end }: PartitionState): boolean {
  return end >= position && (planFirst === undefined || planFirst >= start);
}

async function statesOf(log: EventLog, context: ProcessorContext): Promise<readonly PartitionState[]> {
  const positions = await readPositions(context.database, context.topic);
  const states: PartitionState[] = [];
  for (const { partition, start, end } of await log.lag()) {
    const plan = await readPlan(context.database, context.topic, partition);
    states.push({
      partition,
      position: positions.get(partition) ?? 0,
      planFirst: plan?.first,
      planLast: plan?.last,
      start,
      end,
    });
  }
  return states;
}

async function beginsOf(
  states: readonly PartitionState[],
  context: ProcessorContext,
): Promise<readonly number[]> {
  const rows = await context.clickhouse.query(highestOffsets, { partitions: states.length });
  const stored = new Map(rows.map((row) => [row.log_partition, row.highest]));
  const dead = await highestDeadOffsets(context.database, context.topic);
  return states.map(({ partition, position, planLast, end }) => {
    const seen = [
      position,
      end,
      (planLast ?? -1) + 1,
      (stored.get(partition) ?? -1) + 1,
      (dead.get(partition) ?? -1) + 1,
    ];
    return Math.max(...seen) + JUMP;
  });
}

/** Records at or above the position, and events below it that have no row: they came after an older copy had taken the log's place. */
async function takeOver(
  old: EventLog,
  log: EventLog,
  { partition, position, start, end }: PartitionState,
  context: ProcessorContext,
): Promise<number> {
  let kept = 0;
  for (let from = start; from < end; ) {
    const records = await old.read(partition, from, BATCH_LIMITS);
    const last = records.at(-1);
    if (last === undefined) break;
    from = last.offset + 1;
    const open: NewRecord[] = records
      .filter(({ offset }) => offset >= position)
      .map(({ offset, value }) => ({ key: keyOf(value) ?? String(offset), value }));
    const below = records.filter(({ offset }) => offset < position);
    const lost = below.length === 0 ? [] : await withoutRow(partition, below, context);
    if (open.length + lost.length > 0) await log.append([...lost, ...open]);
    kept += open.length + lost.length;
  }
  return kept;
}

function keyOf(value: Uint8Array): string | undefined {
  try {
    return logKeyOf(decodeLogRecord(value).header);
  } catch {
    return undefined; // becomes a dead letter wherever it is
  }
}

async function swap(
  folder: string,
  topic: string,
  fresh: string,
  context: ProcessorContext,
  onProgress: (message: string) => void,
): Promise<void> {
  const aside = join(folder, `${topic}-before-${context.clock.now()}`);
  if (existsSync(join(folder, topic))) {
    await rename(join(folder, topic), aside);
    onProgress(`what was there lies in ${aside}: delete it when you need it no more`);
  }
  await rename(join(fresh, topic), join(folder, topic));
  await rm(fresh, { recursive: true, force: true });
}
