import type { EventLog } from '@culprit/event-log';
import { decodeLogRecord } from '@culprit/protocol';
import type { Health } from '@culprit/runtime';
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
  /** Unix milliseconds of the look that first saw this position. */
  readonly since: number;
  /** Records that wait. */
  readonly behind: number;
  readonly oldestSeconds: number;
}

/**
 * Watches whether work moves: for each partition, how many records wait, how old the oldest is and since when the position stands. Looks at
 * all partitions, whoever owns them: one that nobody gets on with is everybody's trouble.
 */
export function watchProgress(
  log: Pick<EventLog, 'lag' | 'read' | 'dropsUnread'>,
  context: ProgressContext,
  signal: AbortSignal,
): Progress {
  const { clock, metrics } = context;
  const seen = new Map<number, Seen>();
  let lookedAt = clock.now();
  let failure: string | undefined;

  const look = async (): Promise<void> => {
    try {
      for (const [partition, now] of await lookAtLog(log, context)) {
        const before = seen.get(partition);
        seen.set(partition, {
          ...now,
          since: before?.position === now.position ? before.since : clock.now(),
        });
        metrics.lag.set({ partition: String(partition) }, now.behind);
        metrics.oldestSeconds.set({ partition: String(partition) }, now.oldestSeconds);
      }
      metrics.openDeadLetters.set(await countOpenDeadLetters(context.database));
      lookedAt = clock.now();
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
    ([, { oldestSeconds, behind, since }]) =>
      behind > 0 && oldestSeconds >= STUCK_SECONDS && now - since >= STUCK_SECONDS * 1000,
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

async function lookAtLog(
  log: Pick<EventLog, 'lag' | 'read' | 'dropsUnread'>,
  context: ProgressContext,
): Promise<ReadonlyMap<number, Omit<Seen, 'since'>>> {
  const positions = await readPositions(context.database, context.topic);
  const looks = new Map<number, Omit<Seen, 'since'>>();
  for (const { partition, start, end } of await log.lag()) {
    const stored = positions.get(partition);
    if (stored !== undefined) demandReadable(log, { partition, start, end }, stored);
    const position = Math.max(stored ?? 0, start);
    const behind = end - position;
    const oldestSeconds = behind > 0 ? await ageOf(log, partition, position, context) : 0;
    looks.set(partition, { position, behind, oldestSeconds });
  }
  return looks;
}

async function ageOf(
  log: Pick<EventLog, 'read'>,
  partition: number,
  position: number,
  context: ProgressContext,
): Promise<number> {
  const [record] = await log.read(partition, position, { maxRecords: 1, maxBytes: 1 });
  if (record === undefined) return 0;
  try {
    return Math.max(0, (context.clock.now() - decodeLogRecord(record.value).header.received) / 1000);
  } catch {
    return 0; // a torn frame has no age; it becomes a dead letter
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${error.name} ${code}` : error.name;
}
