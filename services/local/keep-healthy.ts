import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@culprit/runtime';
import type { RunningPart } from './part.ts';

export interface HealthWatch {
  /** As the log calls it. */
  readonly name: string;
  readonly logger: Logger;
  /**
   * Whether it is also ended when it is not ready for long. For what works through a log or a queue: a fresh start cannot lose anything and may help.
   * Ingest and web would only answer nobody meanwhile, for a reason that lies in a store.
   */
  readonly mustBeReady: boolean;
  /** Milliseconds. Defaults: 10 s, a minute, ten minutes. */
  readonly everyMs?: number;
  readonly hungMs?: number;
  readonly unreadyMs?: number;
}

const EVERY_MS = 10_000;
const HUNG_MS = 60_000;
const UNREADY_MS = 10 * 60_000;
const ANSWER_MS = 5_000;

type Answer = 'ready' | 'not ready' | 'none';

/**
 * Watches a service by its operations port until it is stopped, drained or gone. One that does not answer for a minute is hung and is killed; its part
 * then starts another. Only what has answered before is judged: the port may be one that this machine cannot reach.
 */
export function keepHealthy(running: RunningPart, watch: HealthWatch): RunningPart {
  const port = Number(running.facts?.operationsPort);
  if (!Number.isInteger(port)) return running;
  const ended = new AbortController();
  void running.exited.then(() => ended.abort());
  void watchPort(port, running, watch, ended.signal);
  const endWatch = <T>(end: () => Promise<T>): Promise<T> => {
    ended.abort();
    return end();
  };
  const { drain } = running;
  return {
    ...running,
    stop: () => endWatch(() => running.stop()),
    ...(drain === undefined ? {} : { drain: () => endWatch(drain) }),
  };
}

async function watchPort(
  port: number,
  running: RunningPart,
  { name, logger, mustBeReady, everyMs = EVERY_MS, hungMs = HUNG_MS, unreadyMs = UNREADY_MS }: HealthWatch,
  ended: AbortSignal,
): Promise<void> {
  let answeredAt: number | undefined;
  let readyAt = performance.now();
  while (!ended.aborted) {
    await delay(everyMs, undefined, { signal: ended }).catch(() => {}); // ended: the loop ends
    const answer = await ask(port, Math.min(ANSWER_MS, hungMs));
    if (ended.aborted) return;
    const now = performance.now();
    if (answer !== 'none') answeredAt = now;
    if (answer === 'ready') readyAt = now;
    const isHung = answeredAt !== undefined && now - answeredAt >= hungMs;
    const isUseless = mustBeReady && answer === 'not ready' && now - readyAt >= unreadyMs;
    if (!isHung && !isUseless) continue;
    logger.error({ process: name, isHung }, 'process is not healthy, killing it for a fresh start');
    running.kill();
    return;
  }
}

async function ask(port: number, patienceMs: number): Promise<Answer> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`, {
      signal: AbortSignal.timeout(patienceMs),
    });
    await response.arrayBuffer();
    return response.status === 200 ? 'ready' : 'not ready';
  } catch {
    return 'none';
  }
}
