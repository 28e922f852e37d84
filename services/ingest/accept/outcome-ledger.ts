import { randomUUID } from 'node:crypto';
import type { EventLog, NewRecord } from '@culprit/event-log';
import {
  type Category,
  type EdgeOutcome,
  type EventId,
  encodeLogRecord,
  logKeyOf,
  type OutcomeName,
  type ProjectId,
} from '@culprit/protocol';
import { SHED_REASON } from '@culprit/quotas';
import type { Clock, Logger } from '@culprit/runtime';
import type { IngestMetrics } from '../metrics.ts';

export interface Sender {
  readonly projectId: ProjectId;
  readonly keyId: number;
}

const FLUSH_MS = 1_000;
/** Reasons of client reports are the client's words: beyond this many different sums within a second they are counted as `other`. */
const MAX_SUMS = 5_000;
/** So many of them may be of client reports: one client's words must not cost others the reasons of ours. */
const MAX_REPORTED_SUMS = 2_500;
const MAX_ENTRIES_PER_RECORD = 500;

/** Sums what was decided at the edge and appends it to the log once a second. Between two flushes it is in memory only. */
export class OutcomeLedger {
  readonly #log: Pick<EventLog, 'append'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: IngestMetrics;
  #sums = new Map<string, { readonly projectId: ProjectId; entry: EdgeOutcome }>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  /**
   * Records that are being appended, or whose append has failed. They are sent again as they are, ids and all: some of them may be in the
   * log, and by its id a record counts once.
   */
  #unsent: readonly NewRecord[] = [];
  /** Sums in those. */
  #unsentSums = 0;

  constructor(options: {
    readonly log: Pick<EventLog, 'append'>;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: IngestMetrics;
  }) {
    this.#log = options.log;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#metrics = options.metrics;
  }

  /** @param release of what was shed; few at a time, since it is kept apart by it. */
  add(
    sender: Sender,
    outcome: OutcomeName,
    reason: string,
    category: Category,
    quantity: number,
    release?: string,
  ): void {
    this.#metrics.outcomes.inc({ outcome, category, reason: labelOf(outcome, reason) }, quantity);
    const most = outcome === 'client_discard' ? MAX_REPORTED_SUMS : MAX_SUMS;
    const isFull = this.#sums.size + this.#unsentSums >= most;
    const bounded = isFull ? 'other' : reason;
    const of = isFull ? undefined : release;
    const key = `${sender.projectId}\n${sender.keyId}\n${outcome}\n${category}\n${bounded}\n${of ?? ''}`;
    const sum = this.#sums.get(key);
    const entry: EdgeOutcome = {
      outcome,
      reason: bounded,
      category,
      quantity: quantity + (sum?.entry.quantity ?? 0),
      key_id: sender.keyId,
      ...(of === undefined || of === '' ? {} : { release: of }),
    };
    this.#sums.set(key, { projectId: sender.projectId, entry });
    this.#flushLater();
  }

  /** Appends what has been summed; what cannot be appended is kept for the next time. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#append().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** Appends the rest, also what came in while a flush was running. */
  async close(): Promise<void> {
    await this.flush();
    await this.flush();
    clearTimeout(this.#timer);
  }

  async #append(): Promise<void> {
    if (this.#unsent.length > 0) await this.#send();
    if (this.#unsent.length > 0 || this.#sums.size === 0) return;
    this.#unsent = this.#recordsOf(this.#sums.values());
    this.#unsentSums = this.#sums.size;
    this.#sums = new Map();
    await this.#send();
  }

  async #send(): Promise<void> {
    try {
      await this.#log.append(this.#unsent);
    } catch (err) {
      this.#logger.warn({ err, sums: this.#unsentSums }, 'outcomes could not be appended');
      this.#flushLater();
      return;
    }
    this.#unsent = [];
    this.#unsentSums = 0;
  }

  #recordsOf(sums: Iterable<{ readonly projectId: ProjectId; readonly entry: EdgeOutcome }>) {
    const chunks: { projectId: ProjectId; outcomes: EdgeOutcome[] }[] = [];
    const open = new Map<ProjectId, EdgeOutcome[]>();
    for (const { projectId, entry } of sums) {
      let outcomes = open.get(projectId);
      if (outcomes === undefined || outcomes.length >= MAX_ENTRIES_PER_RECORD) {
        outcomes = [];
        open.set(projectId, outcomes);
        chunks.push({ projectId, outcomes });
      }
      outcomes.push(entry);
    }
    const received = this.#clock.now();
    return chunks.map(({ projectId, outcomes }) => {
      const header = {
        kind: 'outcomes',
        project_id: projectId,
        id: newRecordId(),
        received,
        outcomes,
      } as const;
      return { key: logKeyOf(header), value: encodeLogRecord({ header, payload: new Uint8Array(0) }) };
    });
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }
}

/** What clients report and the codes that projects give their quotas are no labels: there is no end of them. */
function labelOf(outcome: OutcomeName, reason: string): string {
  if (outcome === 'client_discard') return 'reported';
  return outcome === 'rate_limited' && reason !== SHED_REASON ? 'quota' : reason;
}

/** A new id: 32 hex digits. */
export function newRecordId(): EventId {
  return randomUUID().replaceAll('-', '') as EventId;
}
