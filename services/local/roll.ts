import type { Logger } from '@culprit/runtime';
import type { Part } from './part.ts';

export type ServiceName = 'ingest' | 'processor' | 'web' | 'alerts';

/**
 * Readers of a format come before its writers, so that no record waits for a reader that does not know it yet; on the way back, writers first.
 */
export const FORWARD: readonly ServiceName[] = ['processor', 'alerts', 'web', 'ingest'];
export const BACKWARD: readonly ServiceName[] = [...FORWARD].reverse();

export interface RollStep {
  readonly service: ServiceName;
  /** Until the new process worked. */
  readonly milliseconds: number;
  readonly pid: number;
}

/** A service did not start; those replaced before it run as they ran. */
export class RollError extends Error {
  readonly code = 'roll_failed';
}

/**
 * Ends all services before the first new one starts, for releases that may not run side by side. Connections wait in the sockets' queues meanwhile.
 *
 * @param release lets the starts begin that wait for it.
 * @throws RollError for a service that does not start: it is tried again and again, there is no way back.
 */
export async function exchangeServices(options: {
  readonly parts: ReadonlyMap<ServiceName, Part>;
  readonly services: readonly ServiceName[];
  readonly onStep: (step: RollStep) => void;
  readonly release: () => void;
}): Promise<void> {
  const { parts, services, onStep, release } = options;
  const chosen = services.flatMap((service) => {
    const part = parts.get(service);
    return part === undefined ? [] : [{ service, part }];
  });
  const started = performance.now();
  await Promise.all(chosen.map(({ part }) => part.end())).finally(release);
  const failed: string[] = [];
  for (const { service, part } of chosen) {
    try {
      const pid = await part.untilRunning();
      onStep({ service, pid, milliseconds: Math.round(performance.now() - started) });
    } catch {
      failed.push(service);
    }
  }
  if (failed.length > 0) throw new RollError(`${failed.join(', ')} does not start; see the log`);
}

/**
 * Replaces services one after the other: the new process works before the old one is told to finish. Resolves when all new ones work.
 *
 * @param revert called before what has been replaced is replaced again, because one did not start.
 * @returns `gone` resolves when the last old process is gone.
 * @throws RollError
 */
export async function rollServices(options: {
  readonly parts: ReadonlyMap<ServiceName, Part>;
  readonly services: readonly ServiceName[];
  readonly onStep: (step: RollStep) => void;
  readonly revert: () => void;
  readonly logger: Logger;
}): Promise<{ readonly gone: Promise<void> }> {
  const { parts, services, onStep, revert, logger } = options;
  const leaving: Promise<void>[] = [];
  const replaced: Part[] = [];
  for (const service of services) {
    const part = parts.get(service);
    if (part === undefined) continue;
    const started = performance.now();
    try {
      const { pid, gone } = await part.replace();
      leaving.push(gone);
      replaced.push(part);
      onStep({ service, milliseconds: Math.round(performance.now() - started), pid });
    } catch (cause) {
      revert();
      logger.error({ err: cause, process: service }, 'the new process does not work, going back');
      for (const one of replaced.reverse()) await one.replace();
      throw new RollError(`${service}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
  return { gone: Promise.all(leaving).then(() => {}) };
}
