import { type EventLog, EventLogError, type NewRecord } from '@culprit/event-log';
import type { Clock } from '@culprit/runtime';
import type { IngestMetrics } from '../metrics.ts';

/** An append that takes longer will hardly come to an end. */
const STUCK_MS = 10_000;
/** So long after a failure nobody is sent here, unless an append has succeeded since; then it is tried with requests again. */
const SHUN_MS = 10_000;

type Appending = Pick<EventLog, 'append'>;

/** Appends to the log, and knows whether that works. */
export class AppendWatch implements Appending {
  readonly #log: Appending;
  readonly #clock: Clock;
  readonly #metrics: Pick<IngestMetrics, 'appendFailures'>;
  /** When the appends under way began, oldest first. */
  readonly #running = new Set<{ readonly since: number }>();
  #failedAt: number | undefined;

  constructor(log: Appending, clock: Clock, metrics: Pick<IngestMetrics, 'appendFailures'>) {
    this.#log = log;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    const running = { since: this.#clock.now() };
    this.#running.add(running);
    try {
      await this.#log.append(records);
      this.#failedAt = undefined;
    } catch (error) {
      const code = error instanceof EventLogError ? error.code : 'other';
      // The record's own fault: the log works.
      if (code !== 'too_large') {
        this.#failedAt = this.#clock.now();
        this.#metrics.appendFailures.inc({ code });
      }
      throw error;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Why nothing should be sent here; undefined when appending works as far as is known. */
  whyNot(): string | undefined {
    const now = this.#clock.now();
    const [oldest] = this.#running;
    if (oldest !== undefined && now - oldest.since >= STUCK_MS) {
      return `an append to the event log takes ${Math.round((now - oldest.since) / 1000)} s already`;
    }
    const isShunned = this.#failedAt !== undefined && now - this.#failedAt < SHUN_MS;
    return isShunned ? 'the last append to the event log failed' : undefined;
  }
}
