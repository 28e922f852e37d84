import type { JsonObject } from '@culprit/protocol';
import { applyFields, bag, bool, fieldTable, text } from './field-rules.ts';
import { normalizeStacktrace } from './frames.ts';
import { isObject, listOf } from './json-object.ts';
import { threadId } from './mechanism.ts';
import type { Notes, Path } from './notes.ts';

const THREAD_FIELDS = fieldTable({
  id: threadId,
  name: text(1024),
  crashed: bool,
  current: bool,
  main: bool,
  state: text(128),
  stacktrace: normalizeStacktrace,
  raw_stacktrace: normalizeStacktrace,
  held_locks: bag(2048, 5),
});

/** Threads of one process that are kept. */
const MAX_THREADS = 500;

/** The threads of the process when it crashed. */
export function normalizeThreads(value: unknown, notes: Notes): { values: JsonObject[] } | undefined {
  if (value === null || value === undefined) return undefined;
  const list = listOf(value);
  if (list === undefined) {
    notes.invalid(null, 'threads', 'expected threads', value);
    return undefined;
  }
  const path: Path = { parent: { parent: null, key: 'threads' }, key: 'values' };
  const values: JsonObject[] = [];
  for (let i = 0; i < Math.min(list.length, MAX_THREADS); i++) {
    const raw = list[i];
    if (isObject(raw)) {
      values.push(applyFields(raw, THREAD_FIELDS, notes, { parent: path, key: i }) as JsonObject);
    } else if (raw !== null) notes.invalid(path, i, 'expected an object', raw);
  }
  return values.length === 0 ? undefined : { values };
}
