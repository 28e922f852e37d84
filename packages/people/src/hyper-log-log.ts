/** HyperLogLog with 2^13 one-byte registers: standard error 1.04 / √8192 = 1.15 %. */
const INDEX_BITS = 13;
export const REGISTERS = 1 << INDEX_BITS;
/** A hash has this many bits after the index; a register counts leading zeros among them, plus one. */
const VALUE_BITS = 64 - INDEX_BITS;

/** A 64-bit number and the same bytes as two of 32: five times faster than shifting a BigInt. */
const split = new BigUint64Array(1);
const halves = new Uint32Array(split.buffer);

export function emptyRegisters(): Uint8Array {
  return new Uint8Array(REGISTERS);
}

/** Takes a 64-bit hash into the registers; true when one of them changed. */
export function setRegister(registers: Uint8Array, hash: bigint): boolean {
  split[0] = hash;
  const [low = 0, high = 0] = halves;
  const index = high >>> (32 - INDEX_BITS);
  const rest = (high << INDEX_BITS) >>> 0;
  const zeros = rest !== 0 ? Math.clz32(rest) : Math.min(32 - INDEX_BITS + Math.clz32(low), VALUE_BITS);
  const rank = zeros + 1;
  if (rank <= (registers[index] ?? 0)) return false;
  registers[index] = rank;
  return true;
}

/** The registers of the union. */
export function mergeRegisters(a: Uint8Array, b: Uint8Array): Uint8Array {
  const merged = a.slice();
  for (let i = 0; i < merged.length; i++) {
    const other = b[i] ?? 0;
    if (other > (merged[i] ?? 0)) merged[i] = other;
  }
  return merged;
}

/**
 * How many distinct hashes were taken in, by Ertl's improved raw estimator ("New cardinality estimation algorithms for HyperLogLog sketches",
 * 2017): unbiased over the whole range, so that it needs neither the empirical bias tables of HyperLogLog++ nor a switch to linear counting.
 */
export function estimate(registers: Uint8Array): number {
  const counts = new Array<number>(VALUE_BITS + 2).fill(0);
  for (const rank of registers)
    counts[Math.min(rank, VALUE_BITS + 1)] = (counts[Math.min(rank, VALUE_BITS + 1)] ?? 0) + 1;
  let z = REGISTERS * tau(1 - (counts[VALUE_BITS + 1] ?? 0) / REGISTERS);
  for (let rank = VALUE_BITS; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] ?? 0));
  z += REGISTERS * sigma((counts[0] ?? 0) / REGISTERS);
  return (REGISTERS * REGISTERS) / (2 * Math.LN2 * z);
}

/** Share of empty registers: what linear counting corrects. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = x;
  for (;;) {
    x *= x;
    const previous = z;
    z += x * y;
    y += y;
    if (z === previous) return z;
  }
}

/** Share of full registers: the far end of the range. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  for (;;) {
    x = Math.sqrt(x);
    const previous = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
    if (z === previous) return z / 3;
  }
}
