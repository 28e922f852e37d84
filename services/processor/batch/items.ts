import type { Refusal } from '@culprit/pipeline';
import {
  type AttachmentRecordHeader,
  type Category,
  type EventRecordHeader,
  type ItemRecordHeader,
  type LogRecordHeader,
  NO_ISSUE,
  type OutcomesRecordHeader,
} from '@culprit/protocol';
import type { JudgedSessions, ReadCheckIn, ReadUserReport, ShapedEvent } from '../stages/types.ts';

/** One record of a batch after the pure stages, in the order of the log. */
export type Item =
  | EventItem
  | RefusedItem
  | OutcomesItem
  | AttachmentItem
  | SessionsItem
  | UserReportItem
  | CheckInItem;

export interface EventItem {
  readonly kind: 'event';
  readonly offset: number;
  readonly header: EventRecordHeader;
  readonly event: ShapedEvent;
  /** The record's bytes, for a dead letter. */
  readonly value: Uint8Array;
}

export interface RefusedItem {
  readonly kind: 'refused';
  readonly offset: number;
  /** Absent when the record's frame itself could not be read. */
  readonly header: LogRecordHeader | undefined;
  readonly refusal: Refusal;
  readonly value: Uint8Array;
}

export interface OutcomesItem {
  readonly kind: 'outcomes';
  readonly offset: number;
  readonly header: OutcomesRecordHeader;
  readonly value: Uint8Array;
}

export interface AttachmentItem {
  readonly kind: 'attachment';
  readonly offset: number;
  readonly header: AttachmentRecordHeader;
  readonly value: Uint8Array;
}

export interface SessionsItem {
  readonly kind: 'session';
  readonly offset: number;
  readonly header: ItemRecordHeader;
  readonly read: JudgedSessions;
  readonly value: Uint8Array;
}

export interface UserReportItem {
  readonly kind: 'user_report';
  readonly offset: number;
  readonly header: ItemRecordHeader;
  readonly read: ReadUserReport;
  readonly value: Uint8Array;
}

export interface CheckInItem {
  readonly kind: 'check_in';
  readonly offset: number;
  readonly header: ItemRecordHeader;
  readonly read: ReadCheckIn;
  readonly value: Uint8Array;
}

/** Whether an event belongs to an issue: feedback is about events, it is none of them. */
export function isOfIssue({ hash }: { readonly hash: string }): boolean {
  return hash !== NO_ISSUE;
}

/** Data category that an event record counts in. */
export function categoryOfEvent(header: EventRecordHeader, type?: string): Category {
  if (header.item_type === 'feedback' || type === 'feedback') return 'feedback';
  if (header.item_type === 'security' || SECURITY_TYPES.has(type ?? '')) return 'security';
  // A message counts as an error, as in Relay: quotas and SDKs know no other category for it.
  return 'error';
}

const SECURITY_TYPES: ReadonlySet<string> = new Set(['csp', 'hpkp', 'expectct', 'expectstaple']);
