import type { Exception, JsonObject, Stacktrace } from '@culprit/protocol';
import { applyFields, fieldTable, jsonLenientText, objectsOf, text } from './field-rules.ts';
import { normalizeStacktrace } from './frames.ts';
import { type Draft, listOf } from './json-object.ts';
import { normalizeMechanism, threadId } from './mechanism.ts';
import type { Notes, Path } from './notes.ts';

const EXCEPTION_FIELDS = fieldTable({
  type: text(256, 20),
  value: jsonLenientText(8192, 200),
  module: text(256, 20),
  thread_id: threadId,
  stacktrace: normalizeStacktrace,
  raw_stacktrace: normalizeStacktrace,
  mechanism: normalizeMechanism,
});

/** Exceptions of one chain or group; those nearest to the one that was thrown are kept. */
const MAX_EXCEPTIONS = 200;

/**
 * The exception chain, oldest cause first, the last being the one that is shown. A stack trace at the top of the event belongs to the only
 * exception when that has none; `usedStacktrace` tells that it was moved.
 */
export function normalizeExceptions(
  value: unknown,
  topStacktrace: Stacktrace | undefined,
  notes: Notes,
): { readonly values: Exception[]; readonly usedStacktrace: boolean } | undefined {
  if (value === null || value === undefined) return undefined;
  const list = listOf(value);
  if (list === undefined) {
    notes.invalid(null, 'exception', 'expected an exception', value);
    return undefined;
  }
  const path: NonNullable<Path> = { parent: { parent: null, key: 'exception' }, key: 'values' };
  if (list.length > MAX_EXCEPTIONS) notes.shortened(path.parent, 'values', list.length);
  const values = objectsOf(list.slice(-MAX_EXCEPTIONS), notes, path, (raw, at) =>
    normalizeException(raw, notes, at),
  );
  const only = values.length === 1 ? values[0] : undefined;
  const usedStacktrace = only !== undefined && only.stacktrace === undefined && topStacktrace !== undefined;
  if (usedStacktrace) only.stacktrace = topStacktrace;
  return values.length === 0 ? undefined : { values, usedStacktrace };
}

function normalizeException(
  raw: JsonObject,
  notes: Notes,
  at: NonNullable<Path>,
): Draft<Exception> | undefined {
  const exception = applyFields(raw, EXCEPTION_FIELDS, notes, at) as Draft<Exception>;
  splitType(exception);
  if (exception.type || exception.value) return exception;
  notes.note(at.parent, at.key, 'missing_attribute', { attribute: 'type or value' });
  return undefined;
}

/** `TypeError: x is undefined` in the value of an exception without a type. One word only, so that prose and JSON stay whole. */
function splitType(exception: Draft<Exception>): void {
  const value = exception.value;
  if (exception.type || !value) return;
  const colon = value.indexOf(':');
  if (colon <= 0 || colon > 256 || value.startsWith('//', colon + 1)) return;
  if (!/^[\p{L}\p{N}_]+$/u.test(value.slice(0, colon))) return;
  exception.type = value.slice(0, colon);
  exception.value = value.slice(colon + 1).trim();
}
