import type { Breadcrumb } from '@culprit/protocol';
import {
  applyFields,
  bag,
  type FieldRule,
  type FieldTable,
  fieldTable,
  jsonLenientText,
  objectsOf,
  text,
} from './field-rules.ts';
import { type Draft, listOf } from './json-object.ts';
import { parseLevel } from './levels.ts';
import type { Notes, Path } from './notes.ts';
import { corrected, type EventClock, parseTimestamp, timestampRule } from './timestamps.ts';

const level: FieldRule = (value, notes, path, key) => {
  const known = parseLevel(value);
  if (known === undefined) notes.invalid(path, key, 'expected a level', value);
  return known;
};

const STATIC_FIELDS: { readonly [field: string]: FieldRule } = {
  type: text(128),
  ty: text(128),
  category: text(128),
  level,
  message: jsonLenientText(8192, 200),
  data: bag(2048, 5),
  event_id: text(36),
  origin: text(128),
};

/** The newest are kept; SDKs send 100 unless told otherwise. */
const MAX_BREADCRUMBS = 1_000;

/** What happened before, oldest first. Timestamps come out as unix seconds by the event's corrected clock. */
export function normalizeBreadcrumbs(
  value: unknown,
  clock: EventClock,
  notes: Notes,
): { values: Breadcrumb[] } | undefined {
  if (value === null || value === undefined) return undefined;
  const sent = listOf(value);
  if (sent === undefined) {
    notes.invalid(null, 'breadcrumbs', 'expected breadcrumbs', value);
    return undefined;
  }
  const list = sent.slice(-MAX_BREADCRUMBS);
  if (sent.length > MAX_BREADCRUMBS)
    notes.shortened({ parent: null, key: 'breadcrumbs' }, 'values', sent.length);
  const fields = fieldTable({ ...STATIC_FIELDS, timestamp: timestampRule(clock) });
  const path: Path = { parent: { parent: null, key: 'breadcrumbs' }, key: 'values' };
  const values = objectsOf(list, notes, path, (raw, at) =>
    isBeforeEpoch(raw.timestamp, clock) ? undefined : normalizeBreadcrumb(raw, fields, notes, at),
  );
  return values.length === 0 ? undefined : { values };
}

/** Relay 23.10 removes such a breadcrumb: its clock is not a clock. */
function isBeforeEpoch(timestamp: unknown, clock: EventClock): boolean {
  const seconds = parseTimestamp(timestamp);
  return seconds !== undefined && corrected(seconds, clock) < 0;
}

function normalizeBreadcrumb(
  raw: { readonly [key: string]: unknown },
  fields: FieldTable,
  notes: Notes,
  path: Path,
): Breadcrumb {
  const crumb = applyFields(raw, fields, notes, path, (key, value) =>
    notes.note(path, key, 'invalid_attribute', undefined, value),
  ) as Draft<Breadcrumb>;
  crumb.type ??= (crumb.ty as string | undefined) ?? 'default';
  if (crumb.ty !== undefined) delete crumb.ty;
  crumb.level ??= 'info';
  return crumb;
}
