import type { EventLog, PartitionLag } from '@culprit/event-log';
import type { Health } from '@culprit/runtime';
import { receivedOf } from './batch/read-record.ts';
import { demandReadable, LogBehindPosition, LogStartPassedPosition } from './consumer.ts';
import type { ProcessorContext } from './context.ts';
import { countOpenDeadLetters } from './store/dead-letters.ts';
import { readPositions } from './store/positions.ts';

const EVERY_MS = 5_000;
/** A partition whose oldest record is older than this, and whose position has not moved for as long, does not work. */
const STUCK_SECONDS = 120;
/** Looks that may be missed before nobody knows how it is. */
const MISSED_LOOKS = 6;

export interface Progress {
  /** Looks now. @throws what the log or PostgreSQL throw. */
  look(): Promise<void>;
  health(): Health;
  stop(): void;
}

export type ProgressContext = Pick<ProcessorContext, 'clock' | 'database' | 'metrics' | 'topic'>;

/** One partition at the last look. */
interface Seen {
  readonly position: number;
  /** Whether this process answers for it. */
  readonly isOwn: boolean;
  /** Unix milliseconds of the look that first saw this position while the process answered for it. */
  readonly since: number;
  /** Records that wait. */
  readonly behind: number;
  readonly oldestSeconds: number;
}

/**
 * Watches whether work moves: for each partition, how many records wait, how old the oldest is and since when the position stands. Figures are of all
 * partitions; health is of those that the process owns, since its restart would mend no others. One that owns none answers for all: it may be that it
 * cannot get any.
 *
 * @param owned partitions that the process owns now.
 */
export function watchProgress(
  log: Pick<EventLog, 'lag' | 'read' | 'dropsUnread'>,
  context: ProgressContext,
  signal: AbortSignal,
  owned: () => ReadonlySet<number>,
): Progress {
  const { clock, metrics } = context;
  const seen = new Map<number, Seen>();
  let lookedAt = clock.now();
  let failure: string | undefined;

  const look = async (): Promise<void> => {
    try {
      const own = owned();
      let unreadable: Error | undefined;
      for (const { partition, problem, ...now } of await lookAtLog(log, context)) {
        const isOwn = own.size === 0 || own.has(partition);
        const before = seen.get(partition);
        const isStill = isOwn && before?.isOwn === true && before.position === now.position;
        seen.set(partition, { ...now, isOwn, since: isStill ? before.since : clock.now() });
        metrics.lag.set({ partition: String(partition) }, now.behind);
        metrics.oldestSeconds.set({ partition: String(partition) }, now.oldestSeconds);
        if (isOwn) unreadable ??= problem;
      }
      metrics.openDeadLetters.set(await countOpenDeadLetters(context.database));
      lookedAt = clock.now();
      if (unreadable !== undefined) throw unreadable;
      failure = undefined;
    } catch (error) {
      const isOfLog = error instanceof LogBehindPosition || error instanceof LogStartPassedPosition;
      failure = isOfLog ? error.message : `the look failed (${nameOf(error)})`;
      throw error;
    }
  };
  let looking: Promise<void> | undefined;
  const timer = setInterval(() => {
    if (signal.aborted || looking !== undefined) return;
    looking = look()
      .catch(() => {}) // health tells it
      .finally(() => {
        looking = undefined;
      });
  }, EVERY_MS);
  timer.unref();

  return {
    look,
    health: () => {
      const detail = failure ?? whyStuck(seen, lookedAt, clock.now());
      const all = [...seen.values()];
      const facts = {
        lag: all.reduce((sum, { behind }) => sum + behind, 0),
        oldestSeconds: Math.round(Math.max(0, ...all.map(({ oldestSeconds }) => oldestSeconds))),
      };
      return { ready: detail === undefined, detail, facts };
    },
    stop: () => clearInterval(timer),
  };
}

function whyStuck(seen: ReadonlyMap<number, Seen>, lookedAt: number, now: number): string | undefined {
  const stuck = [...seen].filter(
    ([, { isOwn, oldestSeconds, behind, since }]) =>
      isOwn && behind > 0 && oldestSeconds >= STUCK_SECONDS && now - since >= STUCK_SECONDS * 1000,
  );
  if (stuck.length > 0) {
    const names = stuck.map(([partition]) => partition).join(', ');
    const seconds = Math.round(Math.max(...stuck.map(([, { oldestSeconds }]) => oldestSeconds)));
    return `work does not move in partition ${names}: the oldest record waits for ${seconds} s`;
  }
  const silent = now - lookedAt;
  if (silent <= EVERY_MS * MISSED_LOOKS) return undefined;
  return `nobody knows whether work moves: log or positions do not answer for ${Math.round(silent / 1000)} s`;
}

interface Look extends Pick<Seen, 'position' | 'behind' | 'oldestSeconds'> {
  readonly partition: number;
  /** Why nobody can get on with it. */
  readonly problem: LogBehindPosition | LogStartPassedPosition | undefined;
}

async function lookAtLog(
  log: Pick<EventLog, 'lag' | 'read' | 'dropsUnread'>,
  context: ProgressContext,
): Promise<readonly Look[]> {
  const positions = await readPositions(context.database, context.topic);
  const looks: Look[] = [];
  for (const lag of await log.lag()) {
    const { partition, start, end } = lag;
    const stored = positions.get(partition);
    const problem = stored === undefined ? undefined : problemOf(log, lag, stored);
    const position = Math.max(stored ?? 0, start);
    const behind = Math.max(0, end - position);
    const oldestSeconds = behind > 0 ? await ageOf(log, partition, position, context) : 0;
    looks.push({ partition, problem, position, behind, oldestSeconds });
  }
  return looks;
}

function problemOf(log: Pick<EventLog, 'dropsUnread'>, lag: PartitionLag, position: number): Look['problem'] {
  try {
    demandReadable(log, lag, position);
    return undefined;
  } catch (error) {
    if (error instanceof LogBehindPosition || error instanceof LogStartPassedPosition) return error;
    throw error;
  }
}

async function ageOf(
  log: Pick<EventLog, 'read'>,
  partition: number,
  position: number,
  context: ProgressContext,
): Promise<number> {
  const [record] = await log.read(partition, position, { maxRecords: 1, maxBytes: 1 });
  if (record === undefined) return 0;
  const received = receivedOf(record.value);
  // One that does not say when it was received has no age; it becomes a dead letter.
  return received === undefined ? 0 : Math.max(0, (context.clock.now() - received) / 1000);
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} ${code}` : error.name;
}
