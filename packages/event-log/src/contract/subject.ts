import { expect, onTestFinished } from 'vitest';
import type { EventLog, StoredRecord } from '../event-log.ts';
import { LIMITS } from './record-text.ts';

/** An implementation of the event log, as the contract suite sees it. */
export interface ContractSubject {
  readonly name: string;
  /** Median milliseconds within which a waiting consumer has a record that another process appends. */
  readonly wakeUpMs: number;
  /** Longest time, in milliseconds, until a live consumer has the partitions of one that was killed. */
  readonly takeOverMs: number;
  /** Makes a fresh, empty topic with this many partitions. */
  place(partitions: number): Promise<Place>;
}

/** Where one topic lives. Several logs may be open on it at once, in several processes. */
export interface Place {
  open(): Promise<EventLog>;
  /** Has the storage forget what lies below `position`, where it does not do so by itself once that is trimmed. */
  forget?(partition: number, position: number): Promise<void>;
  /** A module (URL) that exports `openPlace(config: string): Promise<EventLog>`, for child processes. */
  readonly opener: { readonly module: string; readonly config: string };
  remove(): Promise<void>;
}

export const PARTITIONS = 3;

/** A place that is removed when the test has finished, and a function that opens logs closed by then. */
export async function freshPlace(
  subject: ContractSubject,
  partitions = PARTITIONS,
): Promise<{ place: Place; open(): Promise<EventLog> }> {
  const place = await subject.place(partitions);
  const opened: EventLog[] = [];
  onTestFinished(async () => {
    for (const log of opened) await log.close();
    await place.remove();
  });
  const open = async (): Promise<EventLog> => {
    const log = await place.open();
    opened.push(log);
    return log;
  };
  return { place, open };
}

/** Everything in a partition from `position` on, read in steps; fails unless offsets rise. */
export async function readAll(log: EventLog, partition: number, position = 0): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  let next = position;
  for (;;) {
    const records = await log.read(partition, next, LIMITS);
    if (records.length === 0) return all;
    for (const record of records) {
      expect(record.offset).toBeGreaterThanOrEqual(next);
      next = record.offset + 1;
      all.push(record);
    }
  }
}

export async function readEverything(log: EventLog): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for (let partition = 0; partition < log.partitions; partition += 1)
    all.push(...(await readAll(log, partition)));
  return all;
}

/** Polls until `condition` holds; fails after `deadlineMs`. */
export async function until(condition: () => boolean, what: string, deadlineMs = 30_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
