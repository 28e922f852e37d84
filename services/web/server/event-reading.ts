import type { EventDetail } from '@culprit/api';
import { type EventId, parseEventId } from '@culprit/protocol';
import type { WebContext } from './context.ts';
import { LONGEST_PERIOD_MS } from './periods.ts';
import {
  eventById,
  eventsOfIssue,
  eventsOfIssueAfter,
  exemplarById,
  type StoredEventRow,
} from './queries/events.ts';
import { hashParam } from './queries/values.ts';
import { notFound } from './refusal.ts';
import { loadDeployReferences } from './shapes/deploy.ts';
import { showEventDetail } from './shapes/event.ts';
import { findIssueIds, keyOf, listHashes } from './store/issue-hashes.ts';

/** @throws Refusal 404 for what is no event id: there can be no such event. */
export function eventIdOf(text: string): EventId {
  const id = parseEventId(text);
  if (id === undefined) throw notFound();
  return id;
}

/** A stored event of one of these projects. @throws Refusal 404 until it is stored. */
export async function readEvent(
  context: WebContext,
  projectIds: readonly number[],
  eventId: EventId,
): Promise<StoredEventRow> {
  if (projectIds.length === 0) throw notFound();
  const wanted = { projects: [...projectIds], event: eventId };
  const [row] = await context.clickhouse.query(eventById, wanted);
  const [kept] = row === undefined ? await context.clickhouse.query(exemplarById, wanted) : [row];
  if (kept === undefined) throw notFound();
  return kept;
}

/** The issue that the event belongs to now. */
export async function issueIdOf(context: WebContext, row: StoredEventRow): Promise<string | null> {
  const key = { projectId: row.project_id, hash: row.hash };
  return (await findIssueIds(context.database, [key])).get(keyOf(key)) ?? null;
}

/** The event for people, with its neighbours in the issue. */
export async function readEventDetail(
  context: WebContext,
  organizationId: string,
  row: StoredEventRow,
): Promise<EventDetail> {
  const issueId = await issueIdOf(context, row);
  const [deploys, neighbours] = await Promise.all([
    loadDeployReferences(context.database, organizationId, [row.deploy_id]),
    issueId === null ? { next: null, previous: null } : neighboursOf(context, issueId, row),
  ]);
  return showEventDetail(row, {
    issueId,
    deploy: deploys.get(row.deploy_id) ?? null,
    nextEventID: neighbours.next,
    previousEventID: neighbours.previous,
  });
}

async function neighboursOf(
  context: WebContext,
  issueId: string,
  row: StoredEventRow,
): Promise<{ next: string | null; previous: string | null }> {
  const hashes = await issueHashes(context, issueId);
  if (hashes.length === 0) return { next: null, previous: null };
  const project = row.project_id;
  const [newer, older] = await Promise.all([
    context.clickhouse.query(eventsOfIssueAfter, {
      project,
      hashes: [...hashes],
      afterReceived: row.received,
      afterPartition: row.log_partition,
      afterOffset: row.log_offset,
      limit: 1,
    }),
    context.clickhouse.query(eventsOfIssue, {
      project,
      hashes: [...hashes],
      environments: [],
      from: Math.max(0, row.received - LONGEST_PERIOD_MS),
      beforeReceived: row.received,
      beforePartition: row.log_partition,
      beforeOffset: row.log_offset,
      limit: 1,
    }),
  ]);
  return { next: newer[0]?.event_id ?? null, previous: older[0]?.event_id ?? null };
}

/** The hashes of an issue, for a parameter. */
export async function issueHashes(context: WebContext, issueId: string): Promise<readonly bigint[]> {
  return (await listHashes(context.database, [issueId])).map(({ hash }) => hashParam(hash));
}
