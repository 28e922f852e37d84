import type { DeployReference, EventDetail, EventRow, EventUser } from '@culprit/api';
import type { JsonObject, NormalizedEvent } from '@culprit/protocol';
import type { EventSummaryRow, StoredEventRow } from '../queries/events.ts';
import { showEntries } from './event-entries.ts';
import { isRecord, textOrNull } from './loose.ts';

/** Handled, unhandled, not known: as stored. */
const HANDLED: readonly (boolean | null)[] = [false, true, null];

export function showEventRow(row: EventSummaryRow, issueId: string | null): EventRow {
  return {
    id: row.event_id,
    eventID: row.event_id,
    // Clients know two types of event here: `error` and `default`.
    'event.type': row.level === 'info' || row.level === 'debug' ? 'default' : 'error',
    groupID: issueId,
    projectID: String(row.project_id),
    title: row.title,
    message: row.title,
    location: null,
    culprit: textOrNull(row.culprit),
    user: showUserColumns(row),
    tags: Object.entries(row.tags)
      .map(([key, value]) => ({ key, value }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
    platform: row.platform,
    dateCreated: new Date(row.timestamp).toISOString(),
    dateReceived: new Date(row.received).toISOString(),
    crashFile: null,
    release: textOrNull(row.release),
    environment: textOrNull(row.environment),
  };
}

export interface EventSurroundings {
  readonly issueId: string | null;
  readonly deploy: DeployReference | null;
  readonly nextEventID: string | null;
  readonly previousEventID: string | null;
}

export function showEventDetail(row: StoredEventRow, around: EventSurroundings): EventDetail {
  const event = parsePayload(row.payload);
  const { release, ...base } = showEventRow(row, around.issueId);
  return {
    ...base,
    type: textOrNull(event.type) ?? base['event.type'],
    'event.type': textOrNull(event.type) ?? base['event.type'],
    message: event.logentry?.formatted ?? event.logentry?.message ?? row.title,
    location: locationOf(event),
    user: showUser(event) ?? base.user,
    level: row.level,
    size: Buffer.byteLength(row.payload),
    entries: showEntries(event),
    context: { ...event.extra },
    contexts: contextsOf(event),
    packages: { ...event.modules },
    sdk: event.sdk?.name ? { name: event.sdk.name, version: event.sdk.version ?? '' } : null,
    errors: (event.errors ?? []).map(({ type, ...data }) => ({ type, message: messageOf(type), data })),
    metadata: isRecord(event.metadata) ? event.metadata : {},
    fingerprints: [...(event.fingerprint ?? [])],
    dist: textOrNull(row.dist),
    transaction: textOrNull(row.transaction),
    logger: textOrNull(event.logger),
    release: release === null ? null : { version: release },
    deploy: around.deploy,
    handled: HANDLED[row.handled] ?? null,
    occurrence: null,
    userReport: null,
    nextEventID: around.nextEventID,
    previousEventID: around.previousEventID,
  };
}

/** The payload was written by the processor; its fields are as normalized, but newer versions may have more. */
function parsePayload(payload: string): NormalizedEvent {
  return JSON.parse(payload) as NormalizedEvent;
}

function contextsOf(event: NormalizedEvent): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(event.contexts ?? {}).filter((entry): entry is [string, JsonObject] => isRecord(entry[1])),
  );
}

function locationOf(event: NormalizedEvent): string | null {
  const frames = event.exception?.values.at(-1)?.stacktrace?.frames ?? [];
  const frame = frames.findLast((candidate) => candidate?.in_app === true) ?? frames.at(-1);
  return textOrNull(frame?.filename) ?? textOrNull(frame?.module);
}

function showUser(event: NormalizedEvent): EventUser | null {
  const { user } = event;
  if (user === null || user === undefined) return null;
  return {
    id: textOrNull(user.id),
    email: textOrNull(user.email),
    username: textOrNull(user.username),
    ip_address: textOrNull(user.ip_address),
    name: textOrNull(user.name),
    data: isRecord(user.data) ? user.data : null,
  };
}

function showUserColumns(row: EventSummaryRow): EventUser | null {
  const { user_id, user_email, user_username, user_ip } = row;
  if (user_id === '' && user_email === '' && user_username === '' && user_ip === '') return null;
  return {
    id: textOrNull(user_id),
    email: textOrNull(user_email),
    username: textOrNull(user_username),
    ip_address: textOrNull(user_ip),
    name: null,
    data: null,
  };
}

/** What the notes of normalization mean, in words. */
const MESSAGES: ReadonlyMap<string, string> = new Map([
  ['invalid_data', 'Discarded invalid value'],
  ['value_too_long', 'Discarded value because it was too long'],
  ['missing_attribute', 'Missing value for a required attribute'],
  ['invalid_attribute', 'Discarded an attribute that is not known'],
  ['past_timestamp', 'Timestamp is too old'],
  ['future_timestamp', 'Timestamp is in the future'],
  ['clock_drift', 'The sender’s clock differs from ours'],
]);

function messageOf(type: string): string {
  return MESSAGES.get(type) ?? type.replaceAll('_', ' ');
}
