import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addToSketch,
  decodeSketch,
  emptySketch,
  encodeSketch,
  MAX_EXACT,
  mergeSketches,
  type PeopleSketch,
  SketchError,
  sketchCount,
} from '../src/index.ts';

/** splitmix64: well mixed 64-bit numbers that depend on the seed alone. */
function* hashes(seed: bigint, count: number): Generator<bigint> {
  const mask = 0xffff_ffff_ffff_ffffn;
  let state = seed & mask;
  for (let i = 0; i < count; i++) {
    state = (state + 0x9e37_79b9_7f4a_7c15n) & mask;
    let z = ((state ^ (state >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & mask;
    z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & mask;
    yield z ^ (z >> 31n);
  }
}
const sketchOf = (members: Iterable<bigint>): PeopleSketch => addToSketch(emptySketch(), members).sketch;
const shuffled = (members: readonly bigint[]): bigint[] =>
  [...members].sort((a, b) => Number(BigInt.asIntN(32, (a * 31n) ^ (b * 17n)) % 1000n));

describe('the people sketch', () => {
  it('counts exactly up to 1,024 people, and an empty one counts nobody', () => {
    expect(sketchCount(emptySketch())).toBe(0);
    for (const count of [1, 2, 500, MAX_EXACT]) {
      const sketch = sketchOf(hashes(1n, count));
      expect([sketch.kind, sketchCount(sketch)]).toEqual(['exact', count]);
    }
  });

  it('never counts the anonymous', () => {
    expect(addToSketch(emptySketch(), [0n, 0n])).toEqual({ sketch: emptySketch(), changed: false });
    const many = sketchOf(hashes(1n, 2000));
    expect(addToSketch(many, [0n]).changed).toBe(false);
  });

  it('says whether something changed', () => {
    const few = sketchOf([1n, 2n]);
    expect(addToSketch(few, [2n, 1n, 2n]).changed).toBe(false);
    expect(addToSketch(few, [3n]).changed).toBe(true);
    expect(addToSketch(few, [5n, 1n, 4n, 9n, 0n]).sketch).toEqual({
      kind: 'exact',
      members: BigUint64Array.from([1n, 2n, 4n, 5n, 9n]),
    });
    const members = [...hashes(3n, 5000)];
    const many = sketchOf(members);
    expect(addToSketch(many, members).changed).toBe(false);
    expect(addToSketch(many, hashes(4n, 5000)).changed).toBe(true);
  });

  it('leaves the sketch that it adds to as it was', () => {
    const many = sketchOf(hashes(3n, 5000));
    const before = encodeSketch(many);
    addToSketch(many, hashes(9n, 5000));
    expect(encodeSketch(many)).toEqual(before);
  });

  it('depends on the set alone: not on order, repetition or grouping', () => {
    const small = fc.uniqueArray(fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), { maxLength: 40 });
    fc.assert(
      fc.property(small, fc.nat(1200), fc.nat(40), (some, more, cut) => {
        const members = [...some, ...hashes(5n, more)];
        const whole = encodeSketch(sketchOf(members));
        expect(encodeSketch(sketchOf([...shuffled(members), ...some]))).toEqual(whole);
        const left = sketchOf(members.slice(0, cut));
        const right = sketchOf(members.slice(Math.min(cut, 20)));
        expect(encodeSketch(mergeSketches(left, right))).toEqual(whole);
        expect(encodeSketch(mergeSketches(right, left))).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('merges two that are past the exact range as if their members had come to one', () => {
    const a = [...hashes(21n, 3000)];
    const b = [...hashes(22n, 3000)];
    expect(encodeSketch(mergeSketches(sketchOf(a), sketchOf(b)))).toEqual(
      encodeSketch(sketchOf([...a, ...b])),
    );
  });

  it('comes back from its bytes', () => {
    for (const count of [0, 1, 100, MAX_EXACT, MAX_EXACT + 1, 30_000]) {
      const sketch = sketchOf(hashes(7n, count));
      const bytes = encodeSketch(sketch);
      expect(encodeSketch(decodeSketch(bytes))).toEqual(bytes);
      expect(sketchCount(decodeSketch(bytes))).toBe(sketchCount(sketch));
      // As PostgreSQL gives it: a view in the middle of a buffer.
      const padded = Buffer.concat([Buffer.from([9]), bytes, Buffer.from([9])]);
      expect(encodeSketch(decodeSketch(padded.subarray(1, -1)))).toEqual(bytes);
    }
  });

  it('has at most 8,194 bytes', () => {
    expect(encodeSketch(sketchOf(hashes(7n, MAX_EXACT))).length).toBe(2 + 8 * MAX_EXACT);
    expect(encodeSketch(sketchOf(hashes(7n, 50_000))).length).toBe(2 + 8192);
  });

  it('refuses bytes that it does not know', () => {
    for (const bytes of [[], [1], [2, 0], [1, 2], [1, 0, 5], [1, 1, 0]]) {
      expect(() => decodeSketch(Uint8Array.from(bytes))).toThrow(SketchError);
    }
  });

  it('estimates within 4 standard errors, and has no bias over many seeds', () => {
    const standardError = 1.04 / Math.sqrt(8192);
    for (const count of [1025, 2000, 5000, 12_000, 40_000]) {
      const seeds = count > 10_000 ? 4 : 16;
      let sum = 0;
      for (let seed = 0; seed < seeds; seed++) {
        const error = sketchCount(sketchOf(hashes(BigInt(seed) * 7919n + 1n, count))) / count - 1;
        expect(Math.abs(error)).toBeLessThan(4 * standardError);
        sum += error;
      }
      expect(Math.abs(sum / seeds)).toBeLessThan((3 * standardError) / Math.sqrt(seeds));
    }
  });

  it('never counts down when people come', () => {
    let sketch = emptySketch();
    let last = 0;
    for (const hash of hashes(33n, 1100)) {
      sketch = addToSketch(sketch, [hash]).sketch;
      const count = sketchCount(sketch);
      expect(count).toBeGreaterThanOrEqual(last);
      last = count;
    }
  });
});
