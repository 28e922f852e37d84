import { readBases, segmentSequences } from './segment-files.ts';

/** A segment as a list of them shows it. */
export interface SegmentEntry {
  readonly sequence: number;
  /** First offset of each partition. */
  readonly bases: readonly number[];
}

/** The segments of a topic; reads where each begins once. */
export class SegmentIndex {
  readonly #folder: string;
  #known = new Map<number, readonly number[]>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Those that are there now, oldest first. */
  list(): SegmentEntry[] {
    const entries: SegmentEntry[] = [];
    for (const sequence of segmentSequences(this.#folder)) {
      const bases = this.#known.get(sequence) ?? readBases(this.#folder, sequence);
      if (bases !== undefined) entries.push({ sequence, bases });
    }
    if (entries.length !== this.#known.size || entries.some(({ sequence }) => !this.#known.has(sequence))) {
      this.#known = new Map(entries.map(({ sequence, bases }) => [sequence, bases]));
    }
    return entries;
  }
}
