import type { JsonObject } from '@culprit/protocol';
import { keysOf, type Path } from './path.ts';

/** What was done to a part of a text: `[rule, type, start, end]`; to a whole value: `[rule, 'x']`. Characters of the new text. */
export type Remark = readonly [rule: string, type: string, start?: number, end?: number];

/** Values beyond it are scrubbed like the others, only not remarked on: a hostile event must not grow by it. */
const MAX_REMARKED = 500;

interface Remarked {
  readonly keys: readonly (string | number)[];
  readonly rem: readonly Remark[];
  /** Characters of the original text. */
  readonly len: number | undefined;
  /** Characters of the text as it is now. */
  readonly now: number | undefined;
}

/** Collects what is done to an event while it is scrubbed, and writes it into its `_meta`. */
export class Remarks {
  readonly #remarked: Remarked[] = [];

  get isEmpty(): boolean {
    return this.#remarked.length === 0;
  }

  /** Parts of a text, or all of it, were replaced. */
  replaced(path: Path, key: string | number, rem: readonly Remark[], len: number, now: number): void {
    this.#add({ keys: keysOf(path, key), rem, len, now });
  }

  /** The value is gone. */
  removed(path: Path, key: string | number, rule: string): void {
    this.#add({ keys: keysOf(path, key), rem: [[rule, 'x']], len: undefined, now: undefined });
  }

  /** What was done to the text at a place. */
  at(path: Path, key: string | number): readonly Remark[] {
    if (this.isEmpty) return [];
    const wanted = keysOf(path, key).join('\n');
    return this.#remarked.find(({ keys }) => keys.join('\n') === wanted)?.rem ?? [];
  }

  #add(remarked: Remarked): void {
    if (this.#remarked.length < MAX_REMARKED) this.#remarked.push(remarked);
  }

  /** The tree with the remarks in it; the given one is not changed. */
  writtenInto(meta: JsonObject | null | undefined): JsonObject {
    const root: Tree = { ...meta };
    const copied = new Set<Tree>([root]);
    for (const { keys, rem, len, now } of this.#remarked) {
      let node = root;
      for (const key of keys) node = ownChild(node, String(key), copied);
      node[''] = mergedMeta(node[''], rem, len, now);
    }
    return root as JsonObject;
  }
}

type Tree = { [key: string]: unknown };

function ownChild(node: Tree, key: string, copied: Set<Tree>): Tree {
  const child = Object.hasOwn(node, key) ? node[key] : undefined;
  if (isTree(child) && copied.has(child)) return child;
  const own: Tree = isTree(child) ? { ...child } : {};
  copied.add(own);
  // A plain assignment of this name would set the prototype.
  Object.defineProperty(node, key, { value: own, writable: true, enumerable: true, configurable: true });
  return own;
}

/** What was noted before stays, but for remarks whose place is gone; a cut end moves with the text. */
function mergedMeta(
  given: unknown,
  rem: readonly Remark[],
  len: number | undefined,
  now: number | undefined,
): Tree {
  const meta: Tree = isTree(given) ? { ...given } : {};
  const isWhole = rem.length === 1 && rem[0]?.[2] === 0 && rem[0][3] === now;
  const cut = Array.isArray(meta.rem) && !isWhole && now !== undefined ? meta.rem.find(isCut) : undefined;
  meta.rem = cut === undefined || now === undefined ? rem : [...rem, ['!limit', 's', now - 3, now]];
  if (len !== undefined) meta.len ??= len;
  return meta;
}

function isCut(remark: unknown): boolean {
  return Array.isArray(remark) && remark[0] === '!limit';
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Characters of a text: a pair of surrogates is one. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const code = text.charCodeAt(at);
    if (code < 0xd800 || code > 0xdbff) continue;
    const next = text.charCodeAt(at + 1);
    if (next >= 0xdc00 && next <= 0xdfff) {
      count--;
      at++;
    }
  }
  return count;
}
