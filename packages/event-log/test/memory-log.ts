import { type EventLog, EventLogError, type NewRecord, type StoredRecord } from '../src/index.ts';

/** A log of one partition in memory that a test can take away. Records whose text is in `refused` are refused. */
export class MemoryLog implements EventLog {
  readonly topic = 'memory';
  readonly partitions = 1;
  readonly records: StoredRecord[] = [];
  readonly refused = new Set<string>();
  isAway = false;
  appends = 0;

  texts(): string[] {
    return this.records.map(({ value }) => new TextDecoder().decode(value));
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    this.appends += 1;
    if (this.isAway) throw new EventLogError('unavailable', 'away');
    for (const { value } of records) {
      if (this.refused.has(new TextDecoder().decode(value))) {
        throw new EventLogError('refused', 'INVALID_RECORD');
      }
      this.records.push({ offset: this.records.length, value });
    }
  }

  async read(): Promise<readonly StoredRecord[]> {
    return this.records;
  }

  async lag() {
    return [{ partition: 0, start: 0, end: this.records.length }];
  }

  async trim(): Promise<void> {}
  async consume(): Promise<void> {}
  async close(): Promise<void> {}
}
