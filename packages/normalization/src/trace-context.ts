import type { Json, JsonObject } from '@culprit/protocol';
import type { Notes, Path } from './notes.ts';

const IDS = [
  ['trace_id', 32],
  ['span_id', 16],
  ['parent_span_id', 16],
] as const;

/** A trace context: its ids are hex digits in lower case and not all zero; the status is `unknown` unless it tells one. */
export function normalizeTrace(raw: JsonObject, notes: Notes, path: Path): JsonObject {
  const trace: { [key: string]: Json | undefined } = { ...raw };
  for (const [key, length] of IDS) replaceId(trace, key, length, notes, path);
  if (typeof trace.status !== 'string') trace.status = 'unknown';
  return trace;
}

/** A UUID that names something elsewhere, such as the event that a feedback is about: 32 hex digits, or left out with a note. */
export function replaceId(
  context: { [key: string]: Json | undefined },
  key: string,
  length: 16 | 32,
  notes: Notes,
  path: Path,
): void {
  const sent = context[key];
  if (sent === null || sent === undefined) return;
  const id = hexId(sent, length);
  if (id !== undefined) {
    context[key] = id;
    return;
  }
  if (sent !== '') notes.invalid(path, key, `expected ${length} hex digits`, sent);
  delete context[key];
}

function hexId(value: unknown, length: number): string | undefined {
  if (typeof value !== 'string' || value.length > length + 4) return undefined;
  const id = value.replaceAll('-', '').toLowerCase();
  return id.length === length && /^[0-9a-f]+$/.test(id) && !/^0+$/.test(id) ? id : undefined;
}
