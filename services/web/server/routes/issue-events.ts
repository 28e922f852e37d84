import {
  type EventRow,
  eventDetailSchema,
  eventRowSchema,
  type Series,
  seriesSchema,
  type TagSummary,
  tagSummarySchema,
} from '@culprit/api';
import { z } from 'zod';
import { type Call, type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { eventIdOf, issueHashes, readEvent, readEventDetail } from '../event-reading.ts';
import { issueSeries } from '../issue-list.ts';
import { type Cursor, cutPage, parseCursor } from '../paging.ts';
import { type BinSeries, LONGEST_PERIOD_MS, periodOf, type Span, seriesOf, spanOf } from '../periods.ts';
import { selectProjects } from '../project-selection.ts';
import {
  type EventSummaryRow,
  eventsOfIssue,
  eventsOfIssueAfter,
  eventsOfProject,
  exemplarsOfIssue,
} from '../queries/events.ts';
import { seriesOfProjects } from '../queries/issues.ts';
import { notFound } from '../refusal.ts';
import { showDeployReference } from '../shapes/deploy.ts';
import { showEventRow } from '../shapes/event.ts';
import { listDeploysBetween } from '../store/deploys.ts';
import { findIssueIds, keyOf, listHashes } from '../store/issue-hashes.ts';
import { readTags } from '../tags.ts';
import { limitOf, listParam, pageQuery, textParam } from './query-schemas.ts';

const READ = { scope: ['event:read'], role: 'support' } as const;
const ISSUE = ['/api/0/organizations/:org/issues/:issue/', '/api/0/issues/:issue/'];
const under = (path: string): string[] => ISSUE.map((issue) => `${issue}${path}`);

const eventsQuery = pageQuery.extend({ environment: listParam, statsPeriod: textParam });
type EventsQuery = z.output<typeof eventsQuery>;

/** Place in the order of events as a cursor: `received:offset * 65536 + partition:0`. */
function cursorOf(row: EventSummaryRow): Cursor {
  return {
    key: String(row.received),
    id: String(BigInt(row.log_offset) * 65_536n + BigInt(row.log_partition)),
  };
}

/** Just after everything there is, without a cursor. */
function placeBefore(cursor: Cursor | undefined, now: number) {
  if (cursor === undefined) return { beforeReceived: now + 3_600_000, beforePartition: 0, beforeOffset: '0' };
  const id = BigInt(cursor.id);
  return {
    beforeReceived: Math.min(Number(cursor.key), now + 3_600_000),
    beforePartition: Number(id % 65_536n),
    beforeOffset: String(id / 65_536n),
  };
}

function sinceOf(context: WebContext, query: { statsPeriod?: string | undefined }): number {
  const period = query.statsPeriod ? periodOf(query.statsPeriod) : LONGEST_PERIOD_MS;
  return Math.max(0, context.clock.now() - period);
}

async function listIssueEvents(call: Call<'issue', EventsQuery, undefined>): Promise<EventRow[]> {
  const { context, tenant, query, request, reply } = call;
  const limit = limitOf(query);
  const hashes = await issueHashes(context, tenant.issue.id);
  const rows =
    hashes.length === 0
      ? []
      : await context.clickhouse.query(eventsOfIssue, {
          project: tenant.project.id,
          hashes: [...hashes],
          environments: query.environment,
          from: sinceOf(context, query),
          ...placeBefore(parseCursor(query.cursor), context.clock.now()),
          limit: limit + 1,
        });
  const kept =
    rows.length === 0 && query.cursor === undefined ? await exemplarsOf(call, hashes, limit) : rows;
  const page = cutPage({ request, reply, publicUrl: context.publicUrl }, kept, limit, cursorOf);
  return page.map((row) => showEventRow(row, tenant.issue.id));
}

/** What is shown of an issue whose events have all outlived their time. */
async function exemplarsOf(
  { context, tenant }: Call<'issue', unknown, undefined>,
  hashes: readonly bigint[],
  limit: number,
): Promise<readonly EventSummaryRow[]> {
  if (hashes.length === 0) return [];
  return context.clickhouse.query(exemplarsOfIssue, {
    project: tenant.project.id,
    hashes: [...hashes],
    limit,
  });
}

/** `latest`, `oldest`, `recommended` (the latest too) or an id, of this issue. */
async function issueEventId(call: Call<'issue', unknown, undefined>): Promise<string> {
  const { context, tenant, param } = call;
  const which = param('event');
  if (!['latest', 'oldest', 'recommended'].includes(which)) return eventIdOf(which);
  const hashes = [...(await issueHashes(context, tenant.issue.id))];
  if (hashes.length === 0) throw notFound();
  const project = tenant.project.id;
  const from = sinceOf(context, {});
  const rows =
    which === 'oldest'
      ? await context.clickhouse.query(eventsOfIssueAfter, {
          project,
          hashes,
          afterReceived: from,
          afterPartition: 0,
          afterOffset: '0',
          limit: 1,
        })
      : await context.clickhouse.query(eventsOfIssue, {
          project,
          hashes,
          environments: [],
          from,
          ...placeBefore(undefined, context.clock.now()),
          limit: 1,
        });
  const id = rows[0]?.event_id ?? (await exemplarsOf(call, hashes, 1))[0]?.event_id;
  if (id === undefined) throw notFound();
  return id;
}

const tagsQuery = z.object({ environment: listParam });
const seriesQuery = z.object({ project: listParam, environment: listParam, statsPeriod: textParam });
const MOST_DEPLOYS = 100;
const MOST_TAG_VALUES = 100;

async function readDeploys(
  context: WebContext,
  projectIds: readonly number[],
  environments: readonly string[],
  span: { readonly from: number; readonly to: number },
): Promise<Series['deploys']> {
  const rows = await listDeploysBetween(context.database, {
    projectIds,
    environments,
    from: new Date(span.from),
    to: new Date(span.to),
    limit: MOST_DEPLOYS,
  });
  return rows.map(showDeployReference);
}

async function readIssueSeries(
  call: Call<'issue', z.output<typeof seriesQuery>, undefined>,
): Promise<Series> {
  const { context, tenant, query } = call;
  const span = spanOf(context.clock.now(), periodOf(query.statsPeriod || '24h'));
  const hashes = await listHashes(context.database, [tenant.issue.id]);
  const issueOfHash = new Map(hashes.map((hash) => [keyOf(hash), hash.issueId]));
  const [counted, deploys] = await Promise.all([
    issueSeries(context, [tenant.issue], issueOfHash, span, query.environment),
    readDeploys(context, [tenant.project.id], query.environment, span),
  ]);
  return showSeries(span, counted.get(tenant.issue.id) ?? seriesOf(span, new Map()), deploys);
}

function showSeries(span: Span, { points, came }: BinSeries, deploys: Series['deploys']): Series {
  return {
    start: new Date(span.from).toISOString(),
    end: new Date(span.to - 1).toISOString(),
    interval: span.interval,
    points,
    came,
    deploys,
  };
}

async function readTimeline(
  call: Call<'organization', z.output<typeof seriesQuery>, undefined>,
): Promise<Series> {
  const { context, tenant, query } = call;
  const span = spanOf(context.clock.now(), periodOf(query.statsPeriod || '24h'));
  const projects = (await selectProjects(context, tenant.organization.id, query.project)).map(({ id }) => id);
  if (projects.length === 0) return showSeries(span, seriesOf(span, new Map()), []);
  const [rows, deploys] = await Promise.all([
    context.clickhouse.query(seriesOfProjects, {
      projects,
      environments: query.environment,
      from: span.from,
      interval: span.interval,
    }),
    readDeploys(context, projects, query.environment, span),
  ]);
  return showSeries(span, seriesOf(span, new Map(rows.map((row) => [row.start, row]))), deploys);
}

async function listProjectEvents(call: Call<'project', EventsQuery, undefined>): Promise<EventRow[]> {
  const { context, tenant, query, request, reply } = call;
  const limit = limitOf(query);
  const rows = await context.clickhouse.query(eventsOfProject, {
    project: tenant.project.id,
    from: sinceOf(context, query),
    ...placeBefore(parseCursor(query.cursor), context.clock.now()),
    limit: limit + 1,
  });
  const page = cutPage({ request, reply, publicUrl: context.publicUrl }, rows, limit, cursorOf);
  const keys = page.map((row) => ({ projectId: row.project_id, hash: row.hash }));
  const issues = await findIssueIds(context.database, keys);
  return page.map((row) =>
    showEventRow(row, issues.get(keyOf({ projectId: row.project_id, hash: row.hash })) ?? null),
  );
}

export const issueEventRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: under('events/'),
    summary: 'List events of an issue, newest first',
    answers: { 200: z.array(eventRowSchema) },
    access: { tenant: 'issue', ...READ },
    query: eventsQuery,
    handle: listIssueEvents,
  }),
  route({
    method: 'GET',
    path: under('events/:event/'),
    summary: 'Show an event of an issue: latest, oldest, recommended, or by id',
    answers: { 200: eventDetailSchema },
    access: { tenant: 'issue', ...READ },
    handle: async (call) => {
      const { context, tenant } = call;
      const row = await readEvent(context, [tenant.project.id], eventIdOf(await issueEventId(call)));
      const event = await readEventDetail(context, tenant.organization.id, row);
      // An event of another issue is not this one's, even where the person may see it.
      if (event.groupID !== tenant.issue.id) throw notFound();
      return event;
    },
  }),
  route({
    method: 'GET',
    path: under('tags/'),
    summary: 'List tags of an issue with their most frequent values',
    answers: { 200: z.array(tagSummarySchema) },
    access: { tenant: 'issue', ...READ },
    query: tagsQuery,
    handle: ({ context, tenant, query }): Promise<TagSummary[]> =>
      readTags(context, tenant.issue, { valuesPerKey: 10, environments: query.environment }),
  }),
  route({
    method: 'GET',
    path: under('tags/:key/'),
    summary: 'Show the values of a tag',
    answers: { 200: tagSummarySchema },
    access: { tenant: 'issue', ...READ },
    query: tagsQuery,
    handle: async ({ context, tenant, query, param }): Promise<TagSummary> => {
      const [tag] = await readTags(context, tenant.issue, {
        valuesPerKey: MOST_TAG_VALUES,
        key: param('key').slice(0, 300),
        environments: query.environment,
      });
      if (tag === undefined) throw notFound();
      return tag;
    },
  }),
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/issues/:issue/series/',
    summary: 'Count events of an issue over time, with deploys',
    answers: { 200: seriesSchema },
    access: { tenant: 'issue', ...READ },
    query: seriesQuery,
    handle: readIssueSeries,
  }),
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/timeline/',
    summary: 'Count events over time, with deploys',
    answers: { 200: seriesSchema },
    access: { tenant: 'organization', ...READ },
    query: seriesQuery,
    handle: readTimeline,
  }),
  route({
    method: 'GET',
    path: '/api/0/projects/:org/:project/events/',
    summary: 'List events of a project, newest first',
    answers: { 200: z.array(eventRowSchema) },
    access: { tenant: 'project', ...READ },
    query: eventsQuery,
    handle: listProjectEvents,
  }),
];
