import { describe, expect, test } from 'vitest';
import type { FetchedMessage, FetchedPartition } from '../src/kafka/cluster.ts';
import { PartitionBuffer } from '../src/kafka/partition-buffer.ts';

const LIMITS = { maxRecords: 100, maxBytes: 1000 };

function message(offset: number, more: Partial<FetchedMessage> = {}): FetchedMessage {
  return { offset: String(offset), value: Buffer.from(`record ${offset}`), ...more };
}

function fetched(
  offsets: readonly (number | FetchedMessage)[],
  more: Partial<FetchedPartition> = {},
): FetchedPartition {
  const messages = offsets.map((of) => (typeof of === 'number' ? message(of) : of));
  return { partition: 0, highWatermark: '100', lastStartOffset: '0', messages, ...more };
}

function offsetsFrom(buffer: PartitionBuffer, position: number, limits = LIMITS): number[] | undefined {
  return buffer.read(position, limits)?.records.map(({ offset }) => offset);
}

test('what lies below the position is dropped: a fetch answers whole batches', () => {
  const buffer = new PartitionBuffer(0, 5, false);
  expect(buffer.add(fetched([3, 4, 5, 6]))).toBe(2);
  expect(offsetsFrom(buffer, 5)).toEqual([5, 6]);
  expect(buffer.next).toBe(7);
});

test('records are read again until they are dropped, and not from elsewhere', () => {
  const buffer = new PartitionBuffer(0, 0, false);
  buffer.add(fetched([0, 1, 2, 3]));
  expect(offsetsFrom(buffer, 0, { maxRecords: 2, maxBytes: 1000 })).toEqual([0, 1]);
  expect(offsetsFrom(buffer, 2)).toEqual([2, 3]);
  expect(offsetsFrom(buffer, 0)).toEqual([0, 1, 2, 3]);
  buffer.drop(2);
  expect(buffer.bytes).toBe(16);
  expect(offsetsFrom(buffer, 2)).toEqual([2, 3]);
  expect(offsetsFrom(buffer, 1)).toBeUndefined();
  expect(offsetsFrom(buffer, 4)).toEqual([]);
  expect(offsetsFrom(buffer, 5)).toBeUndefined();
});

test('the limits of a read hold, but one record is read whatever its size', () => {
  const buffer = new PartitionBuffer(0, 0, false);
  buffer.add(fetched([0, 1, 2]));
  expect(buffer.read(0, { maxRecords: 10, maxBytes: 17 })).toMatchObject({ isFull: true, records: [{}, {}] });
  expect(buffer.read(0, { maxRecords: 10, maxBytes: 1 })).toMatchObject({ isFull: true, records: [{}] });
  expect(buffer.read(0, { maxRecords: 3, maxBytes: 100 })).toMatchObject({ isFull: true });
  expect(buffer.read(0, { maxRecords: 4, maxBytes: 100 })).toMatchObject({ isFull: false });
});

describe('offsets that are left out', () => {
  const missing = expect.objectContaining({ name: 'EventLogError', code: 'records_missing' });

  test('are an alarm when nothing explains them', () => {
    const buffer = new PartitionBuffer(3, 5, false);
    expect(() => buffer.add(fetched([7]))).toThrow(missing);
    expect(() => buffer.add(fetched([9], { lastStartOffset: '9' }))).toThrow(/starts at 9/);
    expect(buffer.next).toBe(5);
  });

  test('are explained by the markers of transactions and by records of transactions that were given up', () => {
    const buffer = new PartitionBuffer(0, 0, false);
    const inTransaction = (producerId: string) => ({ batchContext: { producerId, inTransaction: true } });
    buffer.add(
      fetched(
        [
          message(0, inTransaction('1')),
          message(1, inTransaction('2')),
          message(2, { ...inTransaction('2'), isControlRecord: true }),
          message(3, { ...inTransaction('1'), isControlRecord: true }),
          message(4, inTransaction('2')),
          message(5),
        ],
        { abortedTransactions: [{ producerId: '2', firstOffset: '1' }] },
      ),
    );
    expect(offsetsFrom(buffer, 0)).toEqual([0, 4, 5]);
    expect(buffer.next).toBe(6);
  });

  test('are explained by compaction, unless the log starts above the position', () => {
    const buffer = new PartitionBuffer(0, 5, true);
    buffer.add(fetched([8, 11]));
    expect(offsetsFrom(buffer, 5)).toEqual([8, 11]);
    expect(() => buffer.add(fetched([20], { lastStartOffset: '20' }))).toThrow(missing);
  });
});
