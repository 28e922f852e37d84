/**
 * Which record ids were probably seen, in memory: a Bloom filter that grows by adding filters of twice the size. 10 bits an id and
 * seven probes give about 1 % false hits per filter; only hits are looked up in ClickHouse (a look-up of 500 unknown ids costs 125 CPU ms there).
 * Ids are hashed with a seed of the process, so that a sender cannot choose ids that collide.
 */
const BITS_PER_ID = 10;
const PROBES = 7;
const FIRST_CAPACITY = 1 << 16;
const LARGEST_CAPACITY = 1 << 26;

interface Filter {
  readonly bits: Uint32Array;
  readonly capacity: number;
  used: number;
}

export class DuplicateFilter {
  readonly #seed: number;
  readonly #filters: Filter[] = [];

  constructor(seed: number) {
    this.#seed = seed >>> 0;
  }

  /** Number of ids added. */
  get size(): number {
    return this.#filters.reduce((sum, filter) => sum + filter.used, 0);
  }

  /** Bytes of memory. */
  get bytes(): number {
    return this.#filters.reduce((sum, filter) => sum + filter.bits.byteLength, 0);
  }

  add(projectId: number, id: string): void {
    let filter = this.#filters.at(-1);
    if (filter === undefined || filter.used >= filter.capacity) {
      const capacity =
        filter === undefined ? FIRST_CAPACITY : Math.min(filter.capacity * 2, LARGEST_CAPACITY);
      filter = { bits: new Uint32Array(Math.ceil((capacity * BITS_PER_ID) / 32)), capacity, used: 0 };
      this.#filters.push(filter);
    }
    const [a, b] = this.#hashes(projectId, id);
    const size = filter.bits.length * 32;
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = (a + Math.imul(probe, b)) >>> 0;
      const place = bit % size;
      filter.bits[place >>> 5] = (filter.bits[place >>> 5] ?? 0) | (1 << (place & 31));
    }
    filter.used += 1;
  }

  /** False: certainly never added. */
  mightContain(projectId: number, id: string): boolean {
    const [a, b] = this.#hashes(projectId, id);
    return this.#filters.some((filter) => {
      const size = filter.bits.length * 32;
      for (let probe = 0; probe < PROBES; probe += 1) {
        const place = ((a + Math.imul(probe, b)) >>> 0) % size;
        if (((filter.bits[place >>> 5] ?? 0) & (1 << (place & 31))) === 0) return false;
      }
      return true;
    });
  }

  /** Two independent 32-bit hashes (murmur3's finalizer over the id's four words). */
  #hashes(projectId: number, id: string): readonly [number, number] {
    let a = mix(this.#seed ^ projectId);
    let b = mix(this.#seed + 0x9e3779b9 + projectId);
    for (let i = 0; i < 32; i += 8) {
      const word = Number.parseInt(id.slice(i, i + 8), 16) >>> 0;
      a = mix(a ^ word);
      b = mix(Math.imul(b, 31) ^ word);
    }
    return [a >>> 0, (b | 1) >>> 0];
  }
}

function mix(value: number): number {
  let h = value >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
