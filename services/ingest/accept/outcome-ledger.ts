import { randomUUID } from 'node:crypto';
import type { EventLog } from '@culprit/event-log';
import {
  type Category,
  type EdgeOutcome,
  type EventId,
  encodeLogRecord,
  logKeyOf,
  type OutcomeName,
  type ProjectId,
} from '@culprit/protocol';
import type { Clock, Logger } from '@culprit/runtime';
import type { IngestMetrics } from '../metrics.ts';

export interface Sender {
  readonly projectId: ProjectId;
  readonly keyId: number;
}

const FLUSH_MS = 1_000;
/** Reasons of client reports are the client's words: beyond this many different sums within a second they are counted as `other`. */
const MAX_SUMS = 5_000;
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
  /** Sums that are being appended, and come back when that fails. */
  #underWay = 0;

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
    // A client's own words are no label.
    this.#metrics.outcomes.inc(
      { outcome, category, reason: outcome === 'client_discard' ? 'reported' : reason },
      quantity,
    );
    const isFull = this.#sums.size + this.#underWay >= MAX_SUMS;
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
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
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
    if (this.#sums.size === 0) return;
    const sums = this.#sums;
    this.#sums = new Map();
    this.#underWay = sums.size;
    try {
      await this.#log.append(this.#recordsOf(sums.values()));
    } catch (err) {
      this.#logger.warn({ err, sums: sums.size }, 'outcomes could not be appended');
      this.#takeBack(sums);
    } finally {
      this.#underWay = 0;
    }
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

  #takeBack(sums: ReadonlyMap<string, { readonly projectId: ProjectId; entry: EdgeOutcome }>): void {
    for (const [key, { projectId, entry }] of sums) {
      const quantity = entry.quantity + (this.#sums.get(key)?.entry.quantity ?? 0);
      this.#sums.set(key, { projectId, entry: { ...entry, quantity } });
    }
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }
}

/** A new id: 32 hex digits. */
export function newRecordId(): EventId {
  return randomUUID().replaceAll('-', '') as EventId;
}
