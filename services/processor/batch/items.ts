import type { Refusal } from '@culprit/pipeline';
import type {
  AttachmentRecordHeader,
  Category,
  EventRecordHeader,
  LogRecordHeader,
  OutcomesRecordHeader,
} from '@culprit/protocol';
import type { ShapedEvent } from '../stages/types.ts';

/** One record of a batch after the pure stages, in the order of the log. */
export type Item = EventItem | RefusedItem | OutcomesItem | AttachmentItem;

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

/** Data category that an event record counts in. */
export function categoryOfEvent(header: EventRecordHeader, type?: string): Category {
  if (header.item_type === 'security' || type === 'csp' || type === 'hpkp' || type === 'expectct')
    return 'security';
  return type === 'default' ? 'default' : 'error';
}
