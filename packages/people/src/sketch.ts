import { ANONYMOUS } from './hashes.ts';
import { emptyRegisters, estimate, mergeRegisters, REGISTERS, setRegister } from './hyper-log-log.ts';

/** Members up to which the set is exact. */
export const MAX_EXACT = 1_024;
const VERSION = 1;
const KIND_EXACT = 0;
const KIND_REGISTERS = 1;

/**
 * A set of 64-bit user hashes: exact up to 1,024 members, beyond that HyperLogLog registers (±1.2 % standard error, 8 KiB). Both depend on the set
 * alone, not on the order or the grouping in which its members came, so that recounting gives equal bytes.
 */
export type PeopleSketch =
  | { readonly kind: 'exact'; readonly members: BigUint64Array }
  | { readonly kind: 'registers'; readonly registers: Uint8Array };

export class SketchError extends Error {
  readonly code = 'people_sketch';
}

/** The sketch of nobody. */
export function emptySketch(): PeopleSketch {
  return { kind: 'exact', members: new BigUint64Array(0) };
}

/** The sketch with the hashes in it. `changed` is false, and the sketch the same, when it knew them all. 0 (anonymous) is skipped. */
export function addToSketch(
  sketch: PeopleSketch,
  hashes: Iterable<bigint>,
): { readonly sketch: PeopleSketch; readonly changed: boolean } {
  const added =
    sketch.kind === 'exact' ? addMembers(sketch.members, hashes) : addToRegisters(sketch.registers, hashes);
  return { sketch: added ?? sketch, changed: added !== undefined };
}

function addToRegisters(old: Uint8Array, hashes: Iterable<bigint>): PeopleSketch | undefined {
  const registers = old.slice();
  let changed = false;
  for (const hash of hashes) if (hash !== ANONYMOUS && setRegister(registers, hash)) changed = true;
  return changed ? { kind: 'registers', registers } : undefined;
}

function addMembers(members: BigUint64Array, hashes: Iterable<bigint>): PeopleSketch | undefined {
  const fresh = new Set<bigint>();
  for (const hash of hashes) {
    if (hash !== ANONYMOUS && members[placeOf(members, hash)] !== hash) fresh.add(hash);
  }
  if (fresh.size === 0) return undefined;
  if (members.length + fresh.size <= MAX_EXACT) {
    return { kind: 'exact', members: merged(members, BigUint64Array.from(fresh).sort()) };
  }
  const registers = emptyRegisters();
  for (const hash of members) setRegister(registers, hash);
  for (const hash of fresh) setRegister(registers, hash);
  return { kind: 'registers', registers };
}

/** Index of the first member that is not below the hash. */
function placeOf(members: BigUint64Array, hash: bigint): number {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((members[middle] ?? 0n) < hash) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Two ascending lists without common members as one; copies whole stretches, for mostly a few join many. */
function merged(members: BigUint64Array, fresh: BigUint64Array): BigUint64Array {
  const all = new BigUint64Array(members.length + fresh.length);
  let from = 0;
  fresh.forEach((hash, i) => {
    const place = placeOf(members, hash);
    all.set(members.subarray(from, place), from + i);
    all[place + i] = hash;
    from = place;
  });
  all.set(members.subarray(from), from + fresh.length);
  return all;
}

/** How many people: exact up to 1,024, an estimate beyond, never below 1,025 then. */
export function sketchCount(sketch: PeopleSketch): number {
  if (sketch.kind === 'exact') return sketch.members.length;
  return Math.max(Math.round(estimate(sketch.registers)), MAX_EXACT + 1);
}

/** The sketch of the union. */
export function mergeSketches(a: PeopleSketch, b: PeopleSketch): PeopleSketch {
  if (a.kind === 'exact') return addToSketch(b, a.members).sketch;
  if (b.kind === 'exact') return addToSketch(a, b.members).sketch;
  return { kind: 'registers', registers: mergeRegisters(a.registers, b.registers) };
}

/**
 * Bytes: `version u8 = 1 | kind u8 | members u64 ascending` or `| registers u8 × 8192`. Equal sets give equal bytes. Members are little-endian, as is
 * every machine that the pinned runtime exists for, so that they are copied as they lie.
 */
export function encodeSketch(sketch: PeopleSketch): Uint8Array {
  const body =
    sketch.kind === 'registers'
      ? sketch.registers
      : new Uint8Array(sketch.members.buffer, sketch.members.byteOffset, sketch.members.byteLength);
  const bytes = new Uint8Array(2 + body.length);
  bytes[0] = VERSION;
  bytes[1] = sketch.kind === 'registers' ? KIND_REGISTERS : KIND_EXACT;
  bytes.set(body, 2);
  return bytes;
}

/** Reads what `encodeSketch` wrote; keeps no view on `bytes`. @throws SketchError for an unknown version or torn bytes. */
export function decodeSketch(bytes: Uint8Array): PeopleSketch {
  if (bytes.length < 2 || bytes[0] !== VERSION) throw new SketchError('sketch version is not known');
  const body = new Uint8Array(bytes.subarray(2));
  if (bytes[1] === KIND_REGISTERS && body.length === REGISTERS) return { kind: 'registers', registers: body };
  if (bytes[1] !== KIND_EXACT || body.length % 8 !== 0 || body.length > MAX_EXACT * 8) {
    throw new SketchError('sketch is torn');
  }
  return { kind: 'exact', members: new BigUint64Array(body.buffer) };
}
