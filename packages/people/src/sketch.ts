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
  if (sketch.kind === 'registers') return addToRegisters(sketch.registers, hashes);
  const known = new Set(sketch.members);
  const before = known.size;
  for (const hash of hashes) if (hash !== 0n) known.add(hash);
  if (known.size === before) return { sketch, changed: false };
  return { sketch: sketchOf(known), changed: true };
}

function addToRegisters(
  old: Uint8Array,
  hashes: Iterable<bigint>,
): { sketch: PeopleSketch; changed: boolean } {
  const registers = old.slice();
  let changed = false;
  for (const hash of hashes) if (hash !== 0n && setRegister(registers, hash)) changed = true;
  return { sketch: { kind: 'registers', registers: changed ? registers : old }, changed };
}

function sketchOf(members: ReadonlySet<bigint>): PeopleSketch {
  if (members.size <= MAX_EXACT) return { kind: 'exact', members: BigUint64Array.from(members).sort() };
  const registers = emptyRegisters();
  for (const hash of members) setRegister(registers, hash);
  return { kind: 'registers', registers };
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

/** Bytes: `version u8 = 1 | kind u8 | members u64 LE ascending` or `| registers u8 × 8192`. Equal sets give equal bytes. */
export function encodeSketch(sketch: PeopleSketch): Uint8Array {
  if (sketch.kind === 'registers') {
    const bytes = new Uint8Array(2 + REGISTERS);
    bytes.set([VERSION, KIND_REGISTERS]);
    bytes.set(sketch.registers, 2);
    return bytes;
  }
  const bytes = new Uint8Array(2 + sketch.members.length * 8);
  bytes.set([VERSION, KIND_EXACT]);
  const view = new DataView(bytes.buffer);
  sketch.members.forEach((member, i) => {
    view.setBigUint64(2 + i * 8, member, true);
  });
  return bytes;
}

/** Reads what `encodeSketch` wrote. @throws SketchError for an unknown version or torn bytes. */
export function decodeSketch(bytes: Uint8Array): PeopleSketch {
  if (bytes.length < 2 || bytes[0] !== VERSION) throw new SketchError('sketch version is not known');
  const body = bytes.subarray(2);
  if (bytes[1] === KIND_REGISTERS && body.length === REGISTERS)
    return { kind: 'registers', registers: body.slice() };
  if (bytes[1] !== KIND_EXACT || body.length % 8 !== 0 || body.length > MAX_EXACT * 8) {
    throw new SketchError('sketch is torn');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + 2, body.length);
  const members = new BigUint64Array(body.length / 8);
  for (let i = 0; i < members.length; i++) members[i] = view.getBigUint64(i * 8, true);
  return { kind: 'exact', members };
}
