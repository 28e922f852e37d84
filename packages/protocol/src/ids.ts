/** Branded ids. Only parsers cast to them. */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** 32 lower-case hex digits, no dashes. */
export type EventId = Brand<string, 'EventId'>;
/** Positive 32-bit integer: ClickHouse stores it as UInt32. */
export type ProjectId = Brand<number, 'ProjectId'>;
/** Decimal text of a Postgres bigint. */
export type IssueId = Brand<string, 'IssueId'>;
/** 16 lower-case hex digits: 64 bits. Text in Postgres, UInt64 in ClickHouse. */
export type GroupingHash = Brand<string, 'GroupingHash'>;
/** 32 lower-case hex digits of a DSN. */
export type PublicKey = Brand<string, 'PublicKey'>;

const HEX_32 = /^[0-9a-f]{32}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * An event id as 32 hex digits or as a dashed UUID, any case (ingest-protocol §2).
 * The nil id is no id: rust and sentry-cli send it to mean "none" (§11).
 */
export function parseEventId(value: unknown): EventId | undefined {
  if (typeof value !== 'string' || (value.length !== 32 && value.length !== 36)) return undefined;
  const lower = value.toLowerCase();
  const hex = HEX_32.test(lower) ? lower : UUID.test(lower) ? lower.replaceAll('-', '') : undefined;
  return hex === undefined || hex === '00000000000000000000000000000000' ? undefined : (hex as EventId);
}

/** The nil UUID, dashed or not. */
export function isNilEventId(value: unknown): boolean {
  return value === '00000000000000000000000000000000' || value === '00000000-0000-0000-0000-000000000000';
}

/** A project id from a path segment or a number; 1 … 2^32−1. */
export function parseProjectId(value: unknown): ProjectId | undefined {
  const n = typeof value === 'string' && /^[0-9]{1,10}$/.test(value) ? Number(value) : value;
  return typeof n === 'number' && Number.isInteger(n) && n > 0 && n <= 0xffffffff
    ? (n as ProjectId)
    : undefined;
}

/** An issue id: the decimal text of a positive bigint. */
export function parseIssueId(value: unknown): IssueId | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && /^[1-9][0-9]{0,18}$/.test(text) ? (text as IssueId) : undefined;
}

/** A grouping hash: 16 lower-case hex digits. */
export function parseGroupingHash(value: unknown): GroupingHash | undefined {
  return typeof value === 'string' && /^[0-9a-f]{16}$/.test(value) ? (value as GroupingHash) : undefined;
}

/** The public key of a DSN: 32 hex digits, any case. */
export function parsePublicKey(value: unknown): PublicKey | undefined {
  if (typeof value !== 'string' || value.length !== 32) return undefined;
  const lower = value.toLowerCase();
  return HEX_32.test(lower) ? (lower as PublicKey) : undefined;
}

/** The hash of events that belong to no issue, as feedback. */
export const NO_ISSUE = '0000000000000000' as GroupingHash;
