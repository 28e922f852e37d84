import { closeSync, openSync } from 'node:fs';
import { EventLogError } from '../event-log.ts';
import { Doorbell } from './doorbell.ts';
import { syncFolderNow } from './file-system.ts';
import { Gate } from './gate.ts';
import { acquireSegment, releaseSegment } from './open-segments.ts';
import { footprintOf, type Segment, segmentBases, segmentPath } from './segment.ts';

/**
 * Appends to one partition, blocking its thread until the records are on the disk. Several processes append to the same
 * partition; who holds the gate looks which segment is the last one, takes the next offset and, when the segment is full,
 * creates the file that follows, named by the offset it begins with. The last segment is never deleted, so that no offset is given
 * twice, whoever dies where.
 */
export class PartitionAppender {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #gate: Gate;
  readonly #doorbell: Doorbell;
  #active: Segment | undefined;

  constructor(folder: string, doorbellPath: string, segmentBytes: number) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
    this.#gate = Gate.open(folder);
    this.#doorbell = new Doorbell(doorbellPath);
  }

  /** All of it in one transaction. */
  append(values: readonly Uint8Array[]): void {
    this.#gate.hold(() => {
      let footprint = 0;
      for (const value of values) footprint += footprintOf(value.length);
      const segment = this.#segmentFor(footprint);
      segment.write(() => {
        const next = segment.end();
        for (const [index, value] of values.entries()) segment.put(next + index, value);
      });
    });
    this.#doorbell.ring();
  }

  async close(): Promise<void> {
    this.#gate.hold(() => this.#leave());
    this.#doorbell.close();
    await this.#gate.close();
  }

  /** The last segment, or a new one when so much does not fit any more. */
  #segmentFor(footprint: number): Segment {
    const last = segmentBases(this.#folder).at(-1);
    const segment = last === undefined ? this.#create(0) : this.#enter(last);
    segment.refresh();
    const end = segment.end();
    if (end === segment.base || segment.fileBytes() + footprint <= this.#segmentBytes) return segment;
    return this.#create(end);
  }

  #create(base: number): Segment {
    const path = segmentPath(this.#folder, base);
    try {
      closeSync(openSync(path, 'wx', 0o600));
    } catch (cause) {
      throw new EventLogError('unavailable', `${path} cannot be created`, { cause });
    }
    syncFolderNow(this.#folder);
    return this.#enter(base);
  }

  #enter(base: number): Segment {
    if (this.#active?.base === base) return this.#active;
    this.#leave();
    this.#active = acquireSegment(this.#folder, base, this.#segmentBytes);
    return this.#active;
  }

  #leave(): void {
    const segment = this.#active;
    this.#active = undefined;
    if (segment !== undefined) releaseSegment(segment);
  }
}
