import type { Grouping } from '@culprit/grouping';
import type { EventRecordHeader, NormalizedEvent } from '@culprit/protocol';

/** A record as it comes from the log. */
export interface ReceivedRecord {
  readonly offset: number;
  readonly value: Uint8Array;
}

/** The record's frame is known; the payload is still bytes. */
export interface FramedEvent {
  readonly offset: number;
  readonly header: EventRecordHeader;
  readonly payload: Uint8Array;
}

export interface DecodedEvent {
  readonly offset: number;
  readonly header: EventRecordHeader;
  /** JSON that nobody has looked at. */
  readonly json: unknown;
}

export interface NormalizedRecord {
  readonly offset: number;
  readonly header: EventRecordHeader;
  readonly event: NormalizedEvent;
}

export interface GroupedEvent extends NormalizedRecord {
  readonly grouping: Grouping;
}

/** Everything a row of `events` needs but the deploy, which is decided in the plan. */
export interface IdentifiedEvent extends GroupedEvent {
  /** 'id:…', 'email:…', 'username:…', 'ip:…' */
  readonly identities: readonly string[];
  /** Keyed hash; 0n for an anonymous event. */
  readonly userHash: bigint;
  /** Keyed hash of the unit that verdicts count. */
  readonly actorHash: bigint;
  /** 0 no, 1 yes, 2 unknown. */
  readonly handled: 0 | 1 | 2;
}

/** What the stages need to know of a project. */
export interface ProjectFacts {
  readonly id: number;
  readonly organizationId: string;
  readonly hashSecret: Uint8Array;
}

export interface StageContext {
  project(id: number): ProjectFacts | undefined;
}
