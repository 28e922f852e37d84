import type { JsonObject } from '@culprit/protocol';
import { applyFields, bag, bool, fieldTable, objectsOf, text } from './field-rules.ts';
import { normalizeStacktrace } from './frames.ts';
import { listOf } from './json-object.ts';
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
  const path: NonNullable<Path> = { parent: { parent: null, key: 'threads' }, key: 'values' };
  if (list.length > MAX_THREADS) notes.shortened(path.parent, 'values', list.length);
  const values = objectsOf(
    list.slice(0, MAX_THREADS),
    notes,
    path,
    (raw, at) => applyFields(raw, THREAD_FIELDS, notes, at) as JsonObject,
  );
  return values.length === 0 ? undefined : { values };
}
