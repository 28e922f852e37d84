import { EventLogError } from '../event-log.ts';
import { Doorbell, doorbellPath } from './doorbell.ts';
import { Gate } from './gate.ts';
import { acquireSegment, releaseSegment } from './open-segments.ts';
import { footprintOf, type Segment } from './segment.ts';
import { createSegment, readHead, segmentSequences } from './segment-files.ts';

/** Some records of one partition, as they are stored. */
export interface PlacedBlock {
  readonly partition: number;
  readonly records: number;
  readonly block: Uint8Array;
}

interface Active {
  readonly sequence: number;
  readonly segment: Segment;
  readonly bases: readonly number[];
  /** False for one that an earlier version made: it is read, but takes no more. */
  readonly isCurrentFormat: boolean;
}

/**
 * Appends to a topic, blocking its thread until the records are on the disk. Several processes append; who holds the gate looks which
 * segment is the last one, takes the next offsets and, when the segment is full, creates the next one. The last segment is
 * never deleted, so that no offset is given twice, whoever dies where.
 */
export class Appender {
  readonly #folder: string;
  readonly #partitions: number;
  readonly #segmentBytes: number;
  readonly #gate: Gate;
  readonly #doorbells: readonly Doorbell[];
  #active: Active | undefined;

  constructor(folder: string, partitions: number, segmentBytes: number) {
    this.#folder = folder;
    this.#partitions = partitions;
    this.#segmentBytes = segmentBytes;
    this.#gate = Gate.open(folder);
    this.#doorbells = Array.from({ length: partitions }, (_, of) => new Doorbell(doorbellPath(folder, of)));
  }

  /** All of it in one transaction; blocks of one partition get rising offsets in their order. */
  append(blocks: readonly PlacedBlock[]): void {
    const rung = new Set<number>();
    this.#gate.hold(() => {
      let footprint = 0;
      for (const { block } of blocks) footprint += footprintOf(block.length);
      const { segment, bases } = this.#activeFor(footprint);
      segment.write(() => {
        const ends = new Map<number, number>();
        for (const { partition, records, block } of blocks) {
          const end = (ends.get(partition) ?? segment.end(partition, bases[partition] ?? 0)) + records;
          segment.put(partition, end - 1, block);
          ends.set(partition, end);
          rung.add(partition);
        }
      });
    });
    for (const partition of rung) this.#doorbells[partition]?.ring();
  }

  async close(): Promise<void> {
    this.#gate.hold(() => this.#leave());
    for (const doorbell of this.#doorbells) doorbell.close();
    await this.#gate.close();
  }

  /** The last segment, or a new one when so much does not fit any more. */
  #activeFor(footprint: number): Active {
    const last = segmentSequences(this.#folder).at(-1);
    if (last === undefined) return this.#create(0, new Array<number>(this.#partitions).fill(0));
    const active = this.#enter(last);
    const { segment, bases, isCurrentFormat } = active;
    segment.refresh();
    if (isCurrentFormat && segment.fileBytes() + footprint <= this.#segmentBytes) return active;
    const ends = bases.map((base, partition) => segment.end(partition, base));
    const isEmpty = ends.every((end, partition) => end === bases[partition]);
    return isEmpty && isCurrentFormat ? active : this.#create(last + 1, ends);
  }

  #create(sequence: number, bases: readonly number[]): Active {
    createSegment(this.#folder, sequence, bases);
    return this.#enter(sequence);
  }

  #enter(sequence: number): Active {
    if (this.#active?.sequence === sequence) return this.#active;
    this.#leave();
    const head = readHead(this.#folder, sequence);
    if (head?.bases.length !== this.#partitions) {
      throw new EventLogError(
        'unavailable',
        `segment ${sequence} in ${this.#folder} does not say where it begins`,
      );
    }
    this.#active = {
      sequence,
      bases: head.bases,
      isCurrentFormat: head.format === 'blocks',
      segment: acquireSegment(this.#folder, sequence, this.#segmentBytes),
    };
    return this.#active;
  }

  #leave(): void {
    const segment = this.#active?.segment;
    this.#active = undefined;
    if (segment !== undefined) releaseSegment(segment);
  }
}
