import type { StoredRecord } from '../event-log.ts';

export const LIMITS = { maxRecords: 500, maxBytes: 8 * 1024 * 1024 };

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of a value up to its padding. */
export function textOf(record: StoredRecord): string {
  return new TextDecoder().decode(record.value).trimEnd();
}
