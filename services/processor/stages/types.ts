import type { FilterReason } from '@culprit/filters';
import type { Grouping } from '@culprit/grouping';
import type { GeoLookup } from '@culprit/normalization';
import type {
  EventId,
  EventRecordHeader,
  ItemRecordHeader,
  JsonObject,
  Level,
  NormalizedEvent,
  ProjectId,
} from '@culprit/protocol';
import type { ProjectSettings } from '@culprit/settings';

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

/** The project does not want it when there is a reason. */
export interface FilteredRecord extends NormalizedRecord {
  readonly filtered: FilterReason | undefined;
}

/** Nothing is in the event that its project wants nobody to read. */
export interface ScrubbedRecord extends FilteredRecord {
  readonly isScrubbed: true;
}

export interface GroupedEvent extends ScrubbedRecord {
  readonly grouping: Grouping;
}

/** Who was hit, in the forms that people are found and counted by. */
export interface Identification {
  /** 'id:…', 'email:…', 'username:…', 'ip:…' */
  readonly identities: readonly string[];
  /** Keyed hash; 0n for an anonymous event. */
  readonly userHash: bigint;
  /** Keyed hash of the unit that verdicts count. */
  readonly actorHash: bigint;
  /** 0 no, 1 yes, 2 unknown. */
  readonly handled: 0 | 1 | 2;
}

export interface IdentifiedEvent extends GroupedEvent, Identification {}

/** What of an event has a column, or a part in the plan. A text that the event does not have is empty. */
export interface EventFacts {
  readonly event_id: EventId;
  readonly project: ProjectId;
  /** Unix seconds with fraction. */
  readonly timestamp: number;
  readonly type: string;
  readonly level: Level;
  readonly platform: string;
  readonly logger: string;
  readonly release: string;
  readonly dist: string;
  readonly environment: string;
  readonly transaction: string;
  /** Its name. */
  readonly sdk: string;
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly username: string;
    readonly ip_address: string;
  };
  readonly tags: readonly (readonly [key: string, value: string])[];
}

/** Everything a row of `events` needs but the deploy, which is decided in the plan. */
export interface ShapedEvent extends Identification {
  readonly offset: number;
  readonly header: EventRecordHeader;
  readonly grouping: Grouping;
  readonly event: EventFacts;
  /** Why the project does not want it. */
  readonly filtered: FilterReason | undefined;
  /** The whole event as JSON. */
  readonly payload: Uint8Array;
}

/** An item that is no event: its record's frame is known, the payload is still bytes. */
export interface FramedItem {
  readonly offset: number;
  readonly header: ItemRecordHeader;
  readonly payload: Uint8Array;
}

export interface DecodedItem {
  readonly offset: number;
  readonly header: ItemRecordHeader;
  readonly json: JsonObject;
}

/** What an item adds to the sessions of one minute, environment and release. */
export interface SessionPart {
  /** Start of the minute in which the session began, unix milliseconds. */
  readonly minute: number;
  /** Sessions that began: one for the first update of a session. */
  readonly started: number;
  /** Ended ones that the sender has summed up; `errored` are all that did not end well, the other three among them. */
  readonly errored: number;
  readonly crashed: number;
  readonly abnormal: number;
  readonly unhandled: number;
  /** A session that is told apart by its id and did not go well. */
  readonly faulty: { readonly sid: bigint; readonly end: SessionEnd | undefined } | undefined;
  /** Keyed hash of who it was; `ANONYMOUS` counts nowhere. */
  readonly user: bigint;
}

/** How a session ended that did not end by itself. */
export type SessionEnd = 'crashed' | 'abnormal' | 'unhandled';

export interface ReadSessions {
  readonly offset: number;
  readonly header: ItemRecordHeader;
  readonly release: string;
  /** '' for none. */
  readonly environment: string;
  /** What inbound filters look at: where the request came from, and what the session says of itself. */
  readonly clientIp: string | undefined;
  readonly ipAddress: string | undefined;
  readonly userAgent: string | undefined;
  readonly parts: readonly SessionPart[];
}

export interface JudgedSessions extends ReadSessions {
  /** Why the project does not want them. */
  readonly filtered: string | undefined;
}

export interface ReadUserReport {
  readonly offset: number;
  readonly header: ItemRecordHeader;
  readonly eventId: EventId;
  readonly name: string;
  readonly email: string;
  readonly comments: string;
}

export interface ReadCheckIn {
  readonly offset: number;
  readonly header: ItemRecordHeader;
  readonly checkInId: EventId;
  readonly monitor: string;
  readonly status: string;
  /** Seconds. */
  readonly duration: number | undefined;
  readonly environment: string;
  readonly release: string;
}

/** What the stages need to know of a project. */
export interface ProjectFacts {
  readonly id: number;
  readonly organizationId: string;
  readonly hashSecret: Uint8Array;
  readonly settings: ProjectSettings;
  /** Days that it keeps its events, where it says so itself; 0: for ever. */
  readonly retentionDays?: number | undefined;
}

export interface StageContext {
  project(id: number): ProjectFacts | undefined;
  /** Where an address is. Absent: no database of places is configured. */
  readonly geo?: GeoLookup | undefined;
  /** Days that a project keeps its events where it does not say itself; 0: for ever. */
  readonly retentionDays?: number | undefined;
}
