import { countCharacters, type Remark } from './remarks.ts';
import { MAX_FOUND, type Ranges } from './text-rules.ts';

export const FILTERED = '[Filtered]';

/** What a rule puts in the place of what it finds. */
export interface Redaction {
  /** Id of the rule, as remarks name it. */
  readonly rule: string;
  /** `s` substituted, `m` masked, `p` pseudonymised, `x` removed. */
  readonly type: 's' | 'm' | 'p' | 'x';
  replacementOf(found: string): string;
}

/** Puts a fixed text in the place. */
export function replaceBy(rule: string, text: string): Redaction {
  return { rule, type: 's', replacementOf: () => text };
}

interface Done {
  readonly rule: string;
  readonly type: string;
  readonly text: string;
}

/** Stands for what was replaced: no later rule sees it, and none matches across it. */
const HOLE = '\u0000';

/** A text while rules are applied to it, one after the other. */
export class RedactedText {
  readonly #original: string;
  /** What rules look at. */
  #text: string;
  #done: Done[] = [];

  /** `earlier` is what other rules have done to the text before. */
  constructor(text: string, earlier: readonly Remark[] = []) {
    this.#original = text;
    this.#text = text.includes(HOLE) ? text.replaceAll(HOLE, '') : text;
    if (earlier.length > 0) this.#punch(earlier);
  }

  #punch(earlier: readonly Remark[]): void {
    const characters = Array.from(this.#text);
    let text = '';
    let at = 0;
    for (const [rule, type, start = 0, end = 0] of earlier) {
      this.#done.push({ rule, type, text: characters.slice(start, end).join('') });
      text += characters.slice(at, start).join('') + HOLE;
      at = end;
    }
    this.#text = text + characters.slice(at).join('');
  }

  /** The text with a hole wherever something was replaced. */
  get text(): string {
    return this.#text;
  }

  get isChanged(): boolean {
    return this.#done.length > 0;
  }

  /** Whether everything has been replaced. */
  get isGone(): boolean {
    return this.#text === HOLE;
  }

  replace(ranges: Ranges, redaction: Redaction): void {
    if (ranges.length === 0) return;
    if (ranges.length > MAX_FOUND) {
      this.replaceAll(redaction);
      return;
    }
    const { rule, type } = redaction;
    const done: Done[] = [];
    let text = '';
    let at = 0;
    let hole = 0;
    for (const [start, end] of ranges) {
      const before = this.#text.slice(at, start);
      const found = this.#text.slice(start, end);
      for (const kept of this.#done.slice(hole, hole + countHoles(before))) done.push(kept);
      hole += countHoles(before) + countHoles(found);
      done.push({ rule, type, text: redaction.replacementOf(found.replaceAll(HOLE, '')) });
      text += before + HOLE;
      at = end;
    }
    this.#done = [...done, ...this.#done.slice(hole)];
    this.#text = text + this.#text.slice(at);
  }

  replaceAll(redaction: Redaction): void {
    this.replace([[0, this.#text.length]], redaction);
  }

  /** The text as it is stored, what was done to it, and its length before and after. */
  result(): {
    readonly text: string;
    readonly remarks: readonly Remark[];
    readonly length: number;
    readonly originalLength: number;
  } {
    const remarks: Remark[] = [];
    const parts = this.#text.split(HOLE);
    let text = parts[0] ?? '';
    let length = countCharacters(text);
    this.#done.forEach(({ rule, type, text: replacement }, i) => {
      const start = length;
      length += countCharacters(replacement);
      remarks.push([rule, type, start, length]);
      const next = parts[i + 1] ?? '';
      text += replacement + next;
      length += countCharacters(next);
    });
    return { text, remarks, length, originalLength: countCharacters(this.#original) };
  }
}

function countHoles(text: string): number {
  let count = 0;
  for (let at = text.indexOf(HOLE); at >= 0; at = text.indexOf(HOLE, at + 1)) count++;
  return count;
}
