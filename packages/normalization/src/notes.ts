import type { EventError, Json, JsonObject } from '@culprit/protocol';
import { jsonText } from './json-text.ts';

/** Where a value stands in the event; null is the event itself. */
export type Path = { readonly parent: Path; readonly key: string | number } | null;

export type NoteKind =
  | 'invalid_data'
  | 'missing_attribute'
  | 'invalid_attribute'
  | 'value_too_long'
  | 'clock_drift'
  | 'past_timestamp'
  | 'future_timestamp';

/** Notes kept per event: a hostile event must not grow by the record of its own faults. */
const MAX_NOTES = 100;
/** Serialized size from which an original value is not kept (Relay: 500 bytes). */
const MAX_ORIGINAL_BYTES = 500;

interface Meta {
  err?: unknown[];
  rem?: unknown[];
  len?: number;
  val?: unknown;
}

/**
 * Collects what was wrong with an event while it is normalized: entries for `errors`, and `_meta`, a tree that mirrors the event with a
 * node's own facts under the key `''`.
 */
export class Notes {
  readonly #errors: EventError[] = [];
  readonly #meta = new Map<string, { path: (string | number)[]; meta: Meta }>();

  /** The value at `path.key` was not usable and is gone. */
  invalid(path: Path, key: string | number, reason: string, original?: unknown): void {
    this.note(path, key, 'invalid_data', { reason }, original);
  }

  /** Any kind of error; `data` goes into both places. */
  note(
    path: Path,
    key: string | number,
    kind: NoteKind,
    data?: { readonly [name: string]: Json },
    original?: unknown,
  ): void {
    if (this.#errors.length >= MAX_NOTES) return;
    const keys = keysOf(path, key);
    const kept = original === undefined ? undefined : keptOriginal(original);
    this.#errors.push({
      ...data,
      type: kind,
      name: keys.join('.'),
      ...(kept === undefined ? {} : { value: kept }),
    });
    const meta = this.#metaAt(keys);
    if (meta === undefined) return;
    meta.err = [...(meta.err ?? []), data === undefined ? kind : [kind, data]];
    if (kept !== undefined) meta.val = kept;
  }

  /** Text was cut to `limit` characters, the last three being dots. */
  cut(path: Path, key: string | number, limit: number, originalLength: number): void {
    const meta = this.#metaAt(keysOf(path, key));
    if (meta === undefined) return;
    meta.rem = [['!limit', 's', limit - 3, limit]];
    meta.len = originalLength;
  }

  /** A list or an object lost entries. */
  shortened(path: Path, key: string | number, originalLength: number): void {
    const meta = this.#metaAt(keysOf(path, key));
    if (meta !== undefined) meta.len = originalLength;
  }

  get errors(): readonly EventError[] {
    return this.#errors;
  }

  /** The `_meta` tree, or undefined when nothing was noted. */
  metaTree(): JsonObject | undefined {
    if (this.#meta.size === 0) return undefined;
    const root: Record<string, unknown> = Object.create(null);
    for (const { path, meta } of this.#meta.values()) {
      let node = root;
      for (const key of path) {
        const name = String(key);
        let child = node[name] as Record<string, unknown> | undefined;
        if (child === undefined) {
          child = Object.create(null) as Record<string, unknown>;
          node[name] = child;
        }
        node = child;
      }
      node[''] = meta;
    }
    return root as JsonObject;
  }

  #metaAt(path: (string | number)[]): Meta | undefined {
    const name = path.join('\n');
    let entry = this.#meta.get(name);
    if (entry === undefined) {
      if (this.#meta.size >= MAX_NOTES) return undefined;
      entry = { path, meta: {} };
      this.#meta.set(name, entry);
    }
    return entry.meta;
  }
}

function keysOf(path: Path, key: string | number): (string | number)[] {
  const keys = [shortKey(key)];
  for (let at = path; at !== null; at = at.parent) keys.push(shortKey(at.key));
  return keys.reverse();
}

/** Keys are the sender's too. */
function shortKey(key: string | number): string | number {
  return typeof key === 'string' && key.length > 200 ? key.slice(0, 200) : key;
}

function keptOriginal(original: unknown): Json | undefined {
  return Buffer.byteLength(jsonText(original, MAX_ORIGINAL_BYTES)) < MAX_ORIGINAL_BYTES
    ? (original as Json)
    : undefined;
}
