import type { EventLog } from '@culprit/event-log';
import { decodeLogRecord } from '@culprit/protocol';
import type { Health } from '@culprit/runtime';
import { LogBehindPosition } from './consumer.ts';
import type { ProcessorContext } from './context.ts';
import { readPositions } from './store/positions.ts';

const EVERY_MS = 5_000;
/** Older than this while nothing was committed since the last look: work does not move. */
const STUCK_SECONDS = 120;

export interface Progress {
  health(): Health;
  stop(): void;
}

interface Look {
  readonly oldestSeconds: number;
  readonly lag: number;
  readonly committed: number;
}

/** Watches whether work moves: lag and the age of the oldest record that is not committed, over all partitions. */
export function watchProgress(log: EventLog, context: ProcessorContext, signal: AbortSignal): Progress {
  let last: Look = { oldestSeconds: 0, lag: 0, committed: 0 };
  let isMoving = true;
  let failure: string | undefined;

  const look = async (): Promise<void> => {
    const now = await lookAtLog(log, context);
    isMoving = now.oldestSeconds < STUCK_SECONDS || now.committed > last.committed;
    last = now;
    failure = undefined;
    context.metrics.oldestSeconds.set(now.oldestSeconds);
  };
  const timer = setInterval(() => {
    if (signal.aborted) return;
    look().catch((err: Error) => {
      failure = err.name;
    });
  }, EVERY_MS);
  timer.unref();

  return {
    health: () => ({
      ready: isMoving && failure === undefined,
      facts: { lag: last.lag, oldestSeconds: Math.round(last.oldestSeconds), failure: failure ?? null },
    }),
    stop: () => clearInterval(timer),
  };
}

async function lookAtLog(log: EventLog, context: ProcessorContext): Promise<Look> {
  const positions = await readPositions(context.database, context.topic);
  let oldestSeconds = 0;
  let lag = 0;
  let committed = 0;
  for (const { partition, end } of await log.lag()) {
    const position = positions.get(partition) ?? 0;
    committed += position;
    if (end < position) throw new LogBehindPosition(partition, position, end);
    const behind = Math.max(0, end - position);
    lag += behind;
    context.metrics.lag.set({ partition: String(partition) }, behind);
    if (behind > 0) oldestSeconds = Math.max(oldestSeconds, await ageOf(log, partition, position, context));
  }
  return { oldestSeconds, lag, committed };
}

async function ageOf(
  log: EventLog,
  partition: number,
  position: number,
  context: ProcessorContext,
): Promise<number> {
  const [record] = await log.read(partition, position, { maxRecords: 1, maxBytes: 1 });
  if (record === undefined) return 0;
  try {
    return Math.max(0, (context.clock.now() - decodeLogRecord(record.value).header.received) / 1000);
  } catch {
    return 0; // a torn frame has no age; it becomes a dead letter
  }
}
