/** A pattern over whole texts. Matching takes time in proportion to pattern × text, whatever either holds: nothing backtracks. */
export interface Glob {
  matches(text: string): boolean;
}

/** Longer patterns match nothing. */
export const MAX_GLOB_CHARS = 4_096;

/**
 * `*` any characters, also none; `?` one; `[a-z]`, `[!a-z]` one of them, none of them; `{a,b}` either, also nested; `\` takes the next
 * character as it is. The whole text must match, upper and lower case are the same. What is not closed stands for itself.
 */
export function compileGlob(pattern: string): Glob {
  if (pattern.length > MAX_GLOB_CHARS) return NOTHING;
  const lower = pattern.toLowerCase();
  if (!/[*?[{\\]/.test(lower)) return { matches: (text) => lowerCase(text) === lower };
  if (!/[?[{\\]/.test(lower)) return compileStars(lower);
  const characters = Array.from(lower);
  const program: Instruction[] = [];
  emitSequence(program, parseSequence(characters, 0, characters.length));
  program.push({ kind: 'match' });
  const literal = longestLiteral(characters);
  return {
    matches: (text) => {
      const lowered = lowerCase(text);
      return lowered.includes(literal) && run(program, lowered);
    },
  };
}

/** Only stars, as most globs are: every part is looked for behind the one before, as early as it comes. */
function compileStars(pattern: string): Glob {
  const parts = pattern.split(/\*+/);
  const first = parts.shift() ?? '';
  const last = parts.pop() ?? '';
  return {
    matches: (text) => {
      const lowered = lowerCase(text);
      if (lowered.length < first.length + last.length) return false;
      if (!lowered.startsWith(first) || !lowered.endsWith(last)) return false;
      let at = first.length;
      for (const part of parts) {
        const found = lowered.indexOf(part, at);
        if (found < 0) return false;
        at = found + part.length;
      }
      return at <= lowered.length - last.length;
    },
  };
}

const NOTHING: Glob = { matches: () => false };

/** The last text in lower case: many patterns are tried on one. That it is remembered makes no difference but in time. */
let lastText = '';
let lastLowered = '';

function lowerCase(text: string): string {
  if (text !== lastText) {
    lastText = text;
    lastLowered = text.toLowerCase();
  }
  return lastLowered;
}

type Node =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | {
      readonly kind: 'class';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    }
  | { readonly kind: 'either'; readonly branches: readonly (readonly Node[])[] };

function parseSequence(pattern: readonly string[], start: number, end: number): readonly Node[] {
  const nodes: Node[] = [];
  for (let at = start; at < end; at++) {
    const char = pattern[at] ?? '';
    if (char === '*') {
      if (nodes.at(-1)?.kind !== 'star') nodes.push({ kind: 'star' });
    } else if (char === '?') nodes.push({ kind: 'any' });
    else if (char === '\\' && at + 1 < end) nodes.push({ kind: 'char', char: pattern[++at] ?? '' });
    else if (char === '[') {
      const close = closingBracket(pattern, at, end);
      if (close < 0) nodes.push({ kind: 'char', char });
      else {
        nodes.push(parseClass(pattern, at + 1, close));
        at = close;
      }
    } else if (char === '{') {
      const borders = bracesFrom(pattern, at, end);
      const close = borders?.at(-1);
      if (borders === undefined || close === undefined) nodes.push({ kind: 'char', char });
      else {
        const branches: (readonly Node[])[] = [];
        let from = at + 1;
        for (const border of borders) {
          branches.push(parseSequence(pattern, from, border));
          from = border + 1;
        }
        nodes.push({ kind: 'either', branches });
        at = close;
      }
    } else nodes.push({ kind: 'char', char });
  }
  return nodes;
}

/** Place of the `]`; one right at the beginning of the class belongs to it. −1: there is none. */
function closingBracket(pattern: readonly string[], open: number, end: number): number {
  let at = open + 1;
  if (pattern[at] === '!') at++;
  if (pattern[at] === ']') at++;
  while (at < end && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
  return at < end ? at : -1;
}

function parseClass(pattern: readonly string[], start: number, close: number): Node {
  const negated = pattern[start] === '!';
  const ranges: [string, string][] = [];
  for (let at = negated ? start + 1 : start; at < close; at++) {
    if (pattern[at] === '\\' && at + 1 < close) at++;
    const from = pattern[at] ?? '';
    const to = pattern[at + 2];
    if (pattern[at + 1] === '-' && to !== undefined && at + 2 < close) {
      ranges.push([from, to]);
      at += 2;
    } else ranges.push([from, from]);
  }
  return { kind: 'class', negated, ranges };
}

/** Nested deeper, braces stand for themselves. */
const MAX_DEPTH = 20;

/** Places of the commas and of the brace that belong to the one at `open`; undefined when it is not closed. */
function bracesFrom(pattern: readonly string[], open: number, end: number): readonly number[] | undefined {
  const borders: number[] = [];
  let depth = 0;
  for (let at = open; at < end; at++) {
    const char = pattern[at];
    if (char === '\\') at++;
    else if (char === '{') {
      depth++;
      if (depth > MAX_DEPTH) return undefined;
    } else if (char === ',' && depth === 1) borders.push(at);
    else if (char === '}' && --depth === 0) return [...borders, at];
  }
  return undefined;
}

/** A run of plain characters that every matching text holds: most texts are told by it alone. */
function longestLiteral(pattern: readonly string[]): string {
  let longest = '';
  let run = '';
  for (const char of pattern) {
    // What comes after these may be within braces or a class, so that it need not be there.
    if (char === '{' || char === '[' || char === '\\') break;
    run = char === '*' || char === '?' ? '' : run + char;
    if (run.length > longest.length) longest = run;
  }
  return longest;
}

type Instruction =
  | Exclude<Node, { kind: 'either' | 'star' }>
  | { readonly kind: 'star' }
  | { readonly kind: 'jump'; to: number }
  | { readonly kind: 'fork'; readonly to: number[] }
  | { readonly kind: 'match' };

function emitSequence(program: Instruction[], nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (node.kind !== 'either') {
      program.push(node);
      continue;
    }
    const fork: { kind: 'fork'; to: number[] } = { kind: 'fork', to: [] };
    program.push(fork);
    const jumps: { kind: 'jump'; to: number }[] = [];
    for (const branch of node.branches) {
      fork.to.push(program.length);
      emitSequence(program, branch);
      const jump: { kind: 'jump'; to: number } = { kind: 'jump', to: 0 };
      program.push(jump);
      jumps.push(jump);
    }
    for (const jump of jumps) jump.to = program.length;
  }
}

/** All places of the program that the text so far can have come to, advanced character by character. */
function run(program: readonly Instruction[], text: string): boolean {
  let current: number[] = [];
  let next: number[] = [];
  const seen = new Int32Array(program.length).fill(-1);
  follow(program, 0, current, seen, 0);
  let step = 0;
  for (const char of text) {
    if (current.length === 0) return false;
    step++;
    for (const place of current) {
      const instruction = program[place];
      if (instruction === undefined) continue;
      if (instruction.kind === 'star') follow(program, place, next, seen, step);
      else if (takes(instruction, char)) follow(program, place + 1, next, seen, step);
    }
    [current, next] = [next, current];
    next.length = 0;
  }
  return current.some((place) => program[place]?.kind === 'match');
}

function takes(instruction: Instruction, char: string): boolean {
  switch (instruction.kind) {
    case 'char':
      return instruction.char === char;
    case 'any':
      return true;
    case 'class':
      return instruction.ranges.some(([from, to]) => char >= from && char <= to) !== instruction.negated;
    default:
      return false;
  }
}

/** Adds a place and those that can be reached from it without a character. */
function follow(
  program: readonly Instruction[],
  start: number,
  places: number[],
  seen: Int32Array,
  step: number,
): void {
  const open = [start];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (seen[place] === step) continue;
    seen[place] = step;
    const instruction = program[place];
    if (instruction === undefined) continue;
    if (instruction.kind === 'jump') open.push(instruction.to);
    else if (instruction.kind === 'fork') open.push(...instruction.to);
    else {
      places.push(place);
      if (instruction.kind === 'star') open.push(place + 1);
    }
  }
}
