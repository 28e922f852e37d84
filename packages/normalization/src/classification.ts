import type { Level, NormalizedEvent } from '@culprit/protocol';
import { parseLevel } from './levels.ts';
import type { Notes } from './notes.ts';

/** The event's level; without a usable one an error, of a transaction info. */
export function levelOf(value: unknown, type: unknown, notes: Notes): Level {
  const known = parseLevel(value);
  if (known !== undefined) return known;
  if (value !== undefined) notes.invalid(null, 'level', 'expected a level', value);
  return type === 'transaction' ? 'info' : 'error';
}

const PLATFORMS: ReadonlySet<string> = new Set(
  `as3 c cfml cocoa csharp dart elixir go groovy haskell java javascript native node objc other perl php
   powershell python ruby rust swift`.split(/\s+/),
);

/** What the program runs on; `other` when missing or not known. */
export function platformOf(value: unknown): string {
  const name = typeof value === 'string' && value.length <= 32 ? value.toLowerCase() : '';
  return PLATFORMS.has(name) ? name : 'other';
}

/** Kinds of security reports: the type of such an event, and the field that holds the report. */
export const SECURITY_KINDS = ['csp', 'hpkp', 'expectct', 'expectstaple'] as const;
export type SecurityKind = (typeof SECURITY_KINDS)[number];

const GIVEN_TYPES: ReadonlySet<unknown> = new Set(['transaction', 'feedback', ...SECURITY_KINDS]);

/** The type as sent where only the sender can know it, else by what is in the event. */
export function typeOf(
  sent: unknown,
  event: Pick<NormalizedEvent, 'exception'> & { readonly [key: string]: unknown },
  itemType: string,
): string {
  if (itemType === 'feedback') return 'feedback';
  if (typeof sent === 'string' && GIVEN_TYPES.has(sent)) return sent;
  if (event.exception) return 'error';
  return SECURITY_KINDS.find((kind) => event[kind] !== undefined) ?? 'default';
}
