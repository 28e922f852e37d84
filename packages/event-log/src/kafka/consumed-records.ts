/** How long consumed records are kept, for a store that has to be restored from an older copy. */
export interface KeepConsumed {
  readonly milliseconds: number;
  /** Values of all partitions together; beyond it the oldest go before their time. */
  readonly bytes: number;
}

/** What was consumed within one step of time. */
interface Mark {
  readonly begunAt: number;
  /** When the last of it was consumed. */
  at: number;
  /** Offset behind it. */
  next: number;
  bytes: number;
}

/** Steps that the time is divided into: as many marks are held for each partition, and as often is something deleted. */
const STEPS = 60;

/** Remembers when partitions were consumed how far, to tell what need not be kept any more. It never names what was not consumed. Times are milliseconds of one clock. */
export class ConsumedRecords {
  readonly #keep: KeepConsumed;
  readonly #bytes: number;
  readonly #marks = new Map<number, Mark[]>();

  constructor(keep: KeepConsumed, partitions: number) {
    this.#keep = keep;
    this.#bytes = keep.bytes / partitions;
  }

  /** Notes that everything below `next` is consumed, of which `bytes` just now. */
  note(partition: number, next: number, bytes: number, now: number): void {
    const marks = this.#marks.get(partition) ?? [];
    this.#marks.set(partition, marks);
    const last = marks.at(-1);
    if (last === undefined || now - last.begunAt >= this.#keep.milliseconds / STEPS) {
      marks.push({ begunAt: now, at: now, next, bytes });
      return;
    }
    last.at = now;
    last.next = next;
    last.bytes += bytes;
  }

  /** Offset below which a partition's records may go; undefined when that is nothing more than it was before. */
  deletableBelow(partition: number, now: number): number | undefined {
    const marks = this.#marks.get(partition) ?? [];
    let bytes = marks.reduce((sum, mark) => sum + mark.bytes, 0);
    let below: number | undefined;
    for (let first = marks[0]; first !== undefined; first = marks[0]) {
      const isOld = now - first.at >= this.#keep.milliseconds;
      if (!isOld && bytes <= this.#bytes) break;
      below = first.next;
      bytes -= first.bytes;
      marks.shift();
    }
    return below;
  }

  /** Another process goes on with the partition. */
  forget(partition: number): void {
    this.#marks.delete(partition);
  }
}
