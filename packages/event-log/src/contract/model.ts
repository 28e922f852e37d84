import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EventLog, partitionOf } from '../event-log.ts';
import type { ContractSubject, Place } from './subject.ts';

const PARTITIONS = 2;

/** An array for each partition, and how far it was trimmed. */
interface Model {
  readonly partitions: readonly { records: { offset: number; value: Uint8Array }[]; trimmed: number }[];
}

interface Real {
  readonly place: Place;
  log: EventLog;
}

type Command = fc.AsyncCommand<Model, Real>;

class Append implements Command {
  readonly #sizes: readonly number[];
  readonly #key: string;
  constructor(key: string, sizes: readonly number[]) {
    this.#key = key;
    this.#sizes = sizes;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, { log }: Real): Promise<void> {
    const partition = partitionOf(this.#key, PARTITIONS);
    const known = model.partitions[partition]?.records ?? [];
    const values = this.#sizes.map((size, index) => new Uint8Array(size).fill(known.length + index));
    const before = (await log.lag())[partition]?.end ?? Number.NaN;
    await log.append(values.map((value) => ({ key: this.#key, value })));
    const read = await log.read(partition, before, { maxRecords: 1000, maxBytes: 1e9 });
    expect(read.map(({ value }) => [...value])).toEqual(values.map((value) => [...value]));
    for (const { offset, value } of read) {
      expect(offset).toBeGreaterThan(known.at(-1)?.offset ?? -1);
      known.push({ offset, value });
    }
  }
  toString(): string {
    return `append(${this.#key}, ${this.#sizes})`;
  }
}

class Read implements Command {
  readonly #partition: number;
  readonly #share: number;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  constructor(partition: number, share: number, maxRecords: number, maxBytes: number) {
    this.#partition = partition;
    this.#share = share;
    this.#maxRecords = maxRecords;
    this.#maxBytes = maxBytes;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, { log }: Real): Promise<void> {
    const { records, trimmed } = modelOf(model, this.#partition);
    const { start = Number.NaN, end = Number.NaN } = (await log.lag())[this.#partition] ?? {};
    expect(start).toBeLessThanOrEqual(Math.max(trimmed, 0));
    expect(end).toBeGreaterThan(records.at(-1)?.offset ?? -1);
    const position = Math.floor(this.#share * (end + 2));
    const expected: typeof records = [];
    let bytes = 0;
    for (const record of records) {
      if (record.offset < Math.max(position, start)) continue;
      bytes += record.value.length;
      if (expected.length > 0 && (expected.length >= this.#maxRecords || bytes > this.#maxBytes)) break;
      expected.push(record);
    }
    const read = await log.read(this.#partition, position, {
      maxRecords: this.#maxRecords,
      maxBytes: this.#maxBytes,
    });
    expect(read.map(({ offset, value }) => [offset, [...value]])).toEqual(
      expected.map(({ offset, value }) => [offset, [...value]]),
    );
  }
  toString(): string {
    return `read(${this.#partition}, ${this.#share}, ${this.#maxRecords}, ${this.#maxBytes})`;
  }
}

class Trim implements Command {
  readonly #partition: number;
  readonly #share: number;
  constructor(partition: number, share: number) {
    this.#partition = partition;
    this.#share = share;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, { log }: Real): Promise<void> {
    const partition = modelOf(model, this.#partition);
    const position = Math.floor(this.#share * ((partition.records.at(-1)?.offset ?? -1) + 1));
    await log.trim(this.#partition, position);
    partition.trimmed = Math.max(partition.trimmed, position);
  }
  toString(): string {
    return `trim(${this.#partition}, ${this.#share})`;
  }
}

class Reopen implements Command {
  check(): boolean {
    return true;
  }
  async run(_: Model, real: Real): Promise<void> {
    await real.log.close();
    real.log = await real.place.open();
  }
  toString(): string {
    return 'reopen()';
  }
}

function modelOf(model: Model, partition: number): Model['partitions'][number] {
  const found = model.partitions[partition];
  if (found === undefined) throw new RangeError(`no partition ${partition}`);
  return found;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const partition = fc.nat(PARTITIONS - 1);
const commands = [
  fc
    .tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.array(fc.nat(9000), { minLength: 1, maxLength: 12 }))
    .map(([key, sizes]) => new Append(key, sizes)),
  fc
    .tuple(partition, share, fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 60_000 }))
    .map((args) => new Read(...args)),
  fc.tuple(partition, share).map((args) => new Trim(...args)),
  fc.constant(new Reopen()),
];

export function describeModel(subject: ContractSubject): void {
  describe('against a model', () => {
    test('any sequence of append, read, trim and reopen gives what an array would', async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: 'max' }), async (sequence) => {
          const place = await subject.place(PARTITIONS);
          const real: Real = { place, log: await place.open() };
          const model = {
            partitions: Array.from({ length: PARTITIONS }, () => ({ records: [], trimmed: 0 })),
          };
          try {
            await fc.asyncModelRun(() => ({ model, real }), sequence);
          } finally {
            await real.log.close();
            await place.remove();
          }
        }),
        { numRuns: 20 },
      );
    }, 60_000);
  });
}
