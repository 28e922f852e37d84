import { spawn } from 'node:child_process';
import { type Clock, systemClock } from '../clock.ts';
import type { LoggedError } from '../logger.ts';
import { Budget } from './budget.ts';
import { LAST_WORDS, lastWordsOf } from './last-words.ts';
import { postEnvelope } from './post-envelope.ts';
import { kindOf, type Reporter, reportEnvelope } from './report.ts';

const PER_MINUTE = 10;
const MOST_WAITING = 10;
const LAST_WORDS_SCRIPT = new URL('./last-words.ts', import.meta.url);

export type ReportResult = 'sent' | 'failed' | 'limited' | 'own';

export interface SelfReportOptions extends Reporter {
  readonly clock?: Clock;
  /** Default 10. */
  readonly perMinute?: number;
  /** Resolves to the status. Default: over HTTP to the DSN. */
  readonly send?: (envelope: Uint8Array) => Promise<number>;
}

/**
 * Sends this process's own errors to Culprit's own project, as an SDK would. It cannot feed itself: what happens while work for that
 * project is under way is never reported, nothing is tried twice, and there are at most 10 reports a minute, of distinct errors.
 */
export class SelfReport {
  readonly #options: SelfReportOptions;
  readonly #clock: Clock;
  readonly #budget: Budget;
  readonly #waiting: Uint8Array[] = [];
  readonly #counts: Record<ReportResult, number> = { sent: 0, failed: 0, limited: 0, own: 0 };
  #sending: Promise<void> | undefined;
  #ownWork = 0;

  constructor(options: SelfReportOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#budget = new Budget(this.#clock, options.perMinute ?? PER_MINUTE);
  }

  /** The project that it reports to. */
  get projectId(): number {
    return this.#options.dsn.projectId;
  }

  /** The public key that it reports with. */
  get publicKey(): string {
    return this.#options.dsn.publicKey;
  }

  /** What its reports say of this installation. */
  get installation(): { readonly release: string; readonly environment: string } {
    const { release, environment } = this.#options;
    return { release, environment };
  }

  /** Reports since the start, by what became of them. */
  get counts(): Readonly<Record<ReportResult, number>> {
    return this.#counts;
  }

  /** Runs work for Culprit's own project: no error of this process is reported until it is done. */
  async duringOwnWork<T>(work: () => Promise<T>): Promise<T> {
    this.#ownWork++;
    try {
      return await work();
    } finally {
      this.#ownWork--;
    }
  }

  /** Takes a line of the log; what names the own project as `projectId` is left out. Never throws. */
  capture({ error, level, message, facts }: LoggedError): void {
    if (this.#ownWork > 0 || facts.projectId === this.projectId) {
      this.#counts.own++;
      return;
    }
    const repeats = this.#budget.take(kindOf(error));
    if (repeats === undefined || this.#waiting.length >= MOST_WAITING) {
      this.#counts.limited++;
      return;
    }
    const at = this.#clock.now();
    this.#waiting.push(reportEnvelope({ error, level, message, repeats, at }, this.#options));
    this.#sending ??= this.#sendWaiting().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Resolves when nothing waits any more, at the latest after `milliseconds`. */
  async flush(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
    });
    await Promise.race([this.#sending, patience]);
    clearTimeout(timer);
  }

  /** Gives what waits to a process of its own: this one must not go on. */
  handOver(): void {
    const words = lastWordsOf(this.#options.dsn, this.#waiting);
    if (words === undefined) return;
    try {
      spawn(process.execPath, [LAST_WORDS_SCRIPT.pathname], {
        detached: true,
        stdio: 'ignore',
        env: { [LAST_WORDS]: words },
      }).unref();
    } catch {
      this.#counts.failed++; // no process or memory left: the log has it
    }
  }

  async #sendWaiting(): Promise<void> {
    const { dsn, send = (envelope) => postEnvelope(dsn, envelope) } = this.#options;
    // A report stays in the list until it is answered, so that a process that ends can hand it over.
    for (let next = await this.#next(); next !== undefined; next = await this.#next()) {
      try {
        const status = await send(next);
        this.#counts[status === 200 ? 'sent' : 'failed']++;
      } catch {
        this.#counts.failed++; // ingest is away: said in no log, or every outage would be told twice a second
      }
      this.#waiting.shift();
    }
  }

  /** After the current turn, so that a process that is about to end has not begun to send what it hands over. */
  async #next(): Promise<Uint8Array | undefined> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#waiting[0];
  }
}
