import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockDrafts, readBlock, writeBlock } from '../src/lmdb/block.ts';

const values = fc.array(fc.record({ partition: fc.nat(2), value: fc.uint8Array({ maxLength: 300 }) }), {
  minLength: 1,
});

/** The blocks that an append makes, as bytes. */
function blocksOf(placed: readonly { partition: number; value: Uint8Array }[]) {
  const drafts = new BlockDrafts();
  for (const { partition, value } of placed) drafts.add(partition, value);
  const memory = Buffer.alloc(drafts.bytes, 0xff);
  let start = 0;
  const blocks = drafts.drafts.map((draft) => {
    const end = writeBlock(draft, memory, start);
    const block = { partition: draft.partition, bytes: memory.subarray(start, end) };
    expect(end - start).toBe(draft.bytes);
    start = end;
    return block;
  });
  expect(start).toBe(memory.length);
  return blocks;
}

test('what goes into blocks comes out, by partition and in order', () => {
  fc.assert(
    fc.property(values, (placed) => {
      const read = new Map<number, Uint8Array[]>();
      for (const { partition, bytes } of blocksOf(placed)) {
        read.set(partition, [
          ...(read.get(partition) ?? []),
          ...readBlock(bytes, 99).map(({ value }) => value),
        ]);
      }
      for (const partition of [0, 1, 2]) {
        const given = placed.filter((one) => one.partition === partition).map(({ value }) => [...value]);
        expect((read.get(partition) ?? []).map((value) => [...value])).toEqual(given);
      }
    }),
  );
});

test('the last record has the offset of the block', () => {
  const [block] = blocksOf([1, 2, 3].map((byte) => ({ partition: 0, value: Uint8Array.of(byte) })));
  expect(readBlock(block?.bytes ?? new Uint8Array(), 12).map(({ offset }) => offset)).toEqual([10, 11, 12]);
});

test('a large append becomes several blocks; a record larger than a block has one of its own', () => {
  const sizes = [200, 100, 600, 10].map((kib) => kib * 1024);
  const blocks = blocksOf(sizes.map((size) => ({ partition: 0, value: new Uint8Array(size) })));
  expect(blocks.map(({ bytes }) => readBlock(bytes, 9).map(({ value }) => value.length))).toEqual([
    [sizes[0]],
    [sizes[1]],
    [sizes[2]],
    [sizes[3]],
  ]);
});

test('torn bytes are refused', () => {
  const [block] = blocksOf([1, 2, 3].map((byte) => ({ partition: 0, value: new Uint8Array(50).fill(byte) })));
  const bytes = block?.bytes ?? new Uint8Array();
  for (const torn of [
    bytes.subarray(0, -1),
    bytes.subarray(0, 7),
    new Uint8Array(),
    Buffer.concat([bytes, bytes]),
  ]) {
    expect(() => readBlock(torn, 9)).toThrow('torn');
  }
  const lying = Buffer.from(bytes);
  lying.writeUInt32LE(0xffffffff, 0);
  expect(() => readBlock(lying, 9)).toThrow('torn');
});
