import type { Notes } from './notes.ts';
import { fitsBytes, hasControlCharacter, scalarText } from './text.ts';

/** A release: at most 200 bytes, no name that means another thing. Undefined, with a note, when it is none. */
export function normalizeRelease(value: unknown, notes: Notes): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = scalarText(value)?.trim();
  if (text === '') return undefined;
  if (text === undefined || !fitsBytes(text, 200) || !isReleaseName(text)) {
    notes.invalid(null, 'release', 'invalid release', value);
    return undefined;
  }
  return text;
}

function isReleaseName(text: string): boolean {
  return (
    text !== '.' &&
    text !== '..' &&
    text.toLowerCase() !== 'latest' &&
    !/[/\\]/.test(text) &&
    !hasControlCharacter(text)
  );
}

/** The distribution of a release: at most 64 of `A-Z a-z 0-9 _ . -`; means nothing without a release. */
export function normalizeDist(value: unknown, release: string | undefined, notes: Notes): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = scalarText(value)?.trim();
  if (text === '' || release === undefined) return undefined;
  if (text !== undefined && text.length > 64) {
    notes.note(null, 'dist', 'value_too_long', undefined, value);
    return undefined;
  }
  if (text === undefined || !/^[A-Za-z0-9_.-]+$/.test(text)) {
    notes.invalid(null, 'dist', 'invalid characters in string', value);
    return undefined;
  }
  return text;
}

/** An environment: at most 64 bytes, no path and no `none`. Empty means absent. */
export function normalizeEnvironment(value: unknown, notes: Notes): string | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  const text = typeof value === 'string' ? value.trim() : undefined;
  if (text === '') return undefined;
  if (
    text === undefined ||
    !fitsBytes(text, 64) ||
    text === '.' ||
    text === '..' ||
    text.toLowerCase() === 'none' ||
    /[/\\]/.test(text) ||
    hasControlCharacter(text)
  ) {
    notes.invalid(null, 'environment', 'invalid environment', value);
    return undefined;
  }
  return text;
}
