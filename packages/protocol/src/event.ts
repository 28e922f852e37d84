import type { EventId, ProjectId } from './ids.ts';
import type { AttachmentReference } from './log-record.ts';

/** JSON as parsed; foreign data that no rule has looked at. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };
export type JsonObject = { readonly [key: string]: Json | undefined };

export type Level = 'debug' | 'info' | 'warning' | 'error' | 'fatal';
/** A list of `[key, value]`. What was not usable is null and keeps its place, so that `_meta` can point to it. */
export type Pairs = readonly (readonly [string | null, string | null] | null)[];

/** One call; oldest call first in a stack trace (ingest-protocol §3.6). Absent and null mean the same. */
export interface Frame {
  readonly function?: string | null;
  readonly module?: string | null;
  readonly filename?: string | null;
  readonly abs_path?: string | null;
  readonly lineno?: number | null;
  readonly colno?: number | null;
  readonly in_app?: boolean | null;
  readonly context_line?: string | null;
  readonly pre_context?: readonly string[] | null;
  readonly post_context?: readonly string[] | null;
  readonly vars?: JsonObject | null;
  readonly package?: string | null;
  readonly platform?: string | null;
  readonly [key: string]: unknown;
}

export interface Stacktrace {
  readonly frames?: readonly Frame[] | null;
  readonly [key: string]: unknown;
}

export interface Mechanism {
  readonly type?: string | null;
  readonly handled?: boolean | null;
  readonly synthetic?: boolean | null;
  readonly exception_id?: number | null;
  readonly parent_id?: number | null;
  readonly is_exception_group?: boolean | null;
  readonly source?: string | null;
  readonly [key: string]: unknown;
}

/** One of an exception chain: oldest cause first, the last is the one shown (ingest-protocol §3.5). */
export interface Exception {
  readonly type?: string | null;
  readonly value?: string | null;
  readonly module?: string | null;
  readonly stacktrace?: Stacktrace | null;
  readonly mechanism?: Mechanism | null;
  readonly thread_id?: string | number | null;
  readonly [key: string]: unknown;
}

export interface Breadcrumb {
  /** Unix seconds. */
  readonly timestamp?: number | null;
  readonly type?: string | null;
  readonly category?: string | null;
  readonly level?: string | null;
  readonly message?: string | null;
  readonly data?: JsonObject | null;
  readonly [key: string]: unknown;
}

export interface User {
  readonly id?: string | null;
  readonly email?: string | null;
  readonly username?: string | null;
  readonly ip_address?: string | null;
  readonly name?: string | null;
  readonly data?: JsonObject | null;
  readonly [key: string]: unknown;
}

export interface EventError {
  readonly type: string;
  readonly name?: string;
  readonly value?: Json;
  readonly [key: string]: unknown;
}

/**
 * The event as stored: what `…/events/{id}/json/` answers. Field names and shapes of ingest-protocol §3; an invalid value
 * is null with an entry in `errors` and `_meta`, it never loses the event.
 */
export interface NormalizedEvent {
  readonly event_id: EventId;
  readonly project: ProjectId;
  readonly key_id: string | null;
  /** Unix seconds. */
  readonly received: number;
  /** Unix seconds, the sender's. */
  readonly timestamp: number;
  readonly type: string;
  readonly level: Level;
  readonly version: string;
  readonly platform: string;
  readonly logger?: string | null;
  readonly release?: string | null;
  readonly dist?: string | null;
  readonly environment?: string | null;
  readonly transaction?: string | null;
  readonly culprit?: string | null;
  readonly fingerprint?: readonly string[] | null;
  readonly logentry?: {
    readonly message?: string | null;
    readonly formatted?: string | null;
    readonly params?: Json;
  } | null;
  readonly exception?: { readonly values: readonly Exception[] } | null;
  readonly threads?: { readonly values: readonly JsonObject[] } | null;
  readonly stacktrace?: Stacktrace | null;
  readonly breadcrumbs?: { readonly values: readonly Breadcrumb[] } | null;
  readonly tags?: Pairs | null;
  readonly extra?: JsonObject | null;
  readonly user?: User | null;
  readonly request?: JsonObject | null;
  readonly contexts?: { readonly [name: string]: JsonObject } | null;
  readonly sdk?: {
    readonly name?: string | null;
    readonly version?: string | null;
    readonly [key: string]: unknown;
  } | null;
  readonly modules?: JsonObject | null;
  readonly debug_meta?: JsonObject | null;
  readonly errors?: readonly EventError[] | null;
  readonly _meta?: JsonObject | null;
  readonly attachments?: readonly AttachmentReference[] | null;
  readonly [key: string]: unknown;
}
