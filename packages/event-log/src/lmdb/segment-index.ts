import { readHead, type SegmentHead, segmentSequences } from './segment-files.ts';

/** A segment as a list of them shows it. */
export interface SegmentEntry extends SegmentHead {
  readonly sequence: number;
}

/** The segments of a topic; reads where each begins once. */
export class SegmentIndex {
  readonly #folder: string;
  #known = new Map<number, SegmentEntry>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Those that are there now, oldest first. */
  list(): SegmentEntry[] {
    const entries: SegmentEntry[] = [];
    for (const sequence of segmentSequences(this.#folder)) {
      const entry = this.#known.get(sequence) ?? this.#read(sequence);
      if (entry !== undefined) entries.push(entry);
    }
    if (entries.length !== this.#known.size || entries.some(({ sequence }) => !this.#known.has(sequence))) {
      this.#known = new Map(entries.map((entry) => [entry.sequence, entry]));
    }
    return entries;
  }

  #read(sequence: number): SegmentEntry | undefined {
    const head = readHead(this.#folder, sequence);
    return head && { sequence, ...head };
  }
}
