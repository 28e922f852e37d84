/**
 * Which record ids were probably seen, in memory: a Bloom filter that grows by adding filters of twice the size. 10 bits an id and
 * seven probes give about 1 % false hits per filter; only hits are looked up in ClickHouse (a look-up of 500 unknown ids costs 125 CPU ms there).
 * Filters whose ids are all too old to matter are dropped, so that it holds no more than about three times what came in the days that count.
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
  /** When the newest of its ids was received, unix milliseconds. */
  newest: number;
}

export class DuplicateFilter {
  readonly #seed: number;
  #filters: readonly Filter[] = [];
  #since: number;

  /** @param since ids that were received from then on will be added, all of them; unix milliseconds. */
  constructor(seed: number, since = Number.NEGATIVE_INFINITY) {
    this.#seed = seed >>> 0;
    this.#since = since;
  }

  /** Ids that were received before may not be known; unix milliseconds. */
  get since(): number {
    return this.#since;
  }

  /** Number of ids added. */
  get size(): number {
    return this.#filters.reduce((sum, filter) => sum + filter.used, 0);
  }

  /** Bytes of memory. */
  get bytes(): number {
    return this.#filters.reduce((sum, filter) => sum + filter.bits.byteLength, 0);
  }

  /** @param received unix milliseconds, not in the future: it would be kept until then. */
  add(projectId: number, id: string, received: number): void {
    const filter = this.#open();
    filter.newest = Math.max(filter.newest, received);
    const [a, b] = this.#hashes(projectId, id);
    const size = filter.bits.length * 32;
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = (a + Math.imul(probe, b)) >>> 0;
      const place = bit % size;
      filter.bits[place >>> 5] = (filter.bits[place >>> 5] ?? 0) | (1 << (place & 31));
    }
    filter.used += 1;
  }

  /** Drops what was received before, in so far as nothing newer stands with it. Unix milliseconds. */
  forget(before: number): void {
    const kept = this.#filters.filter(({ newest }) => newest >= before);
    if (kept.length === this.#filters.length) return;
    this.#filters = kept;
    this.#since = Math.max(this.#since, before);
  }

  /** The filter that takes the next id: one as large as all before it, so that there are few of them. */
  #open(): Filter {
    const last = this.#filters.at(-1);
    if (last !== undefined && last.used < last.capacity) return last;
    const capacity = Math.min(Math.max(this.size, FIRST_CAPACITY), LARGEST_CAPACITY);
    const bits = new Uint32Array(Math.ceil((capacity * BITS_PER_ID) / 32));
    const filter = { bits, capacity, used: 0, newest: Number.NEGATIVE_INFINITY };
    this.#filters = [...this.#filters, filter];
    return filter;
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
