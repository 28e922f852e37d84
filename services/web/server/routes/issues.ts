import {
  bulkIssueUpdateSchema,
  ISSUE_SORTS,
  type Issue,
  type IssueDetail,
  type IssueSort,
  type IssueStatus,
  issueDetailSchema,
  issueSchema,
  issueUpdateSchema,
  type ShortId,
  shortIdSchema,
} from '@culprit/api';
import { parseShortId } from '@culprit/protocol';
import { z } from 'zod';
import { mayDo } from '../access/authorize.ts';
import type { Principal } from '../access/principal.ts';
import { type Call, type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { environmentsOf, filterOf, readIssuePage, type StatPeriod, showIssues } from '../issue-list.ts';
import { cutPage, parseCursor } from '../paging.ts';
import { periodOf } from '../periods.ts';
import { selectProjects } from '../project-selection.ts';
import { badField, notAllowed, notFound } from '../refusal.ts';
import { type IssueSearch, parseIssueSearch } from '../search.ts';
import { deleteIssues } from '../store/deletions.ts';
import {
  findIssue,
  findIssueByShortId,
  type IssueRow,
  listActivity,
  listIssueIds,
  setIssueStatus,
} from '../store/issues.ts';
import { readTagKeys } from '../tags.ts';
import { limitParam, listParam, textParam } from './query-schemas.ts';

const listQuery = z.object({
  query: textParam,
  project: listParam,
  environment: listParam,
  statsPeriod: textParam,
  groupStatsPeriod: textParam,
  sort: textParam,
  limit: limitParam(100),
  cursor: textParam,
});
type ListQuery = z.output<typeof listQuery>;

const DEFAULT_QUERY = 'is:unresolved';
const MOST_CHANGED = 1_000;

function sortOf(text: string | undefined): IssueSort {
  // Sorts that other servers have mean "what is worth looking at": the newest activity is the nearest to it.
  if (text === undefined || text === '' || ['recommended', 'inbox', 'trends'].includes(text)) return 'date';
  const sort = ISSUE_SORTS.find((known) => known === text);
  if (sort === undefined) throw badField('sort', `must be one of ${ISSUE_SORTS.join(', ')}`);
  return sort;
}

function statPeriodsOf(text: string | undefined): readonly StatPeriod[] {
  if (text === '') return [];
  return [text === '14d' ? '14d' : '24h'];
}

/** The projects that a question about issues is about: those of its address, in so far as its search names no others. */
async function projectsOf(
  {
    context,
    tenant,
    query,
  }: Call<'organization' | 'project', { readonly project: readonly string[] }, unknown>,
  search: IssueSearch,
): Promise<readonly { readonly id: number }[]> {
  const select = (names: readonly string[]) => selectProjects(context, tenant.organization.id, names);
  const asked = 'project' in tenant ? [tenant.project] : await select(query.project);
  if (search.projects.length === 0) return asked;
  const named = new Set((await select(search.projects)).map(({ id }) => id));
  return asked.filter(({ id }) => named.has(id));
}

async function sendIssues(call: Call<'organization' | 'project', ListQuery, undefined>): Promise<Issue[]> {
  const { context, tenant, query, request, reply } = call;
  const search = parseIssueSearch(query.query ?? DEFAULT_QUERY);
  const projects = await projectsOf(call, search);
  const sort = sortOf(query.sort);
  const cursor = parseCursor(query.cursor);
  const rows = await readIssuePage(
    context,
    {
      projectIds: projects.map((project) => project.id),
      environments: query.environment,
      periodMs: query.statsPeriod ? periodOf(query.statsPeriod) : undefined,
      search,
    },
    { sort, limit: query.limit, after: cursor },
  );
  const page = cutPage({ request, reply, publicUrl: context.publicUrl }, rows, query.limit, (last) => ({
    key: last.sort_key,
    id: last.id,
  }));
  const environments = environmentsOf(query.environment, search);
  return showIssues(
    context,
    tenant.organization.id,
    page,
    statPeriodsOf(query.groupStatsPeriod),
    environments,
  );
}

export async function showIssueDetail(context: WebContext, row: IssueRow): Promise<IssueDetail> {
  const [[issue], activity, tags] = await Promise.all([
    showIssues(context, row.organization_id, [row], ['24h', '14d']),
    listActivity(context.database, row.id, 100),
    readTagKeys(context, row),
  ]);
  if (issue === undefined) throw notFound();
  return {
    ...issue,
    tags,
    activity: activity.map((entry) => ({
      id: entry.id,
      type: entry.kind,
      user:
        entry.user_id === null
          ? null
          : { id: entry.user_id, name: entry.user_name ?? '', email: entry.user_email ?? '' },
      data: { ...entry.data },
      dateCreated: entry.created_at.toISOString(),
    })),
    seenBy: [],
    participants: [],
    userReportCount: 0,
  };
}

const STATUS_OF_WORD: Readonly<Record<string, IssueStatus>> = {
  resolved: 'resolved',
  resolvedInNextRelease: 'resolved',
  unresolved: 'unresolved',
  ignored: 'ignored',
  muted: 'ignored',
};

async function changeStatus(
  context: WebContext,
  principal: Principal,
  ids: readonly string[],
  update: z.output<typeof issueUpdateSchema>,
): Promise<IssueStatus | undefined> {
  const status = update.status === undefined ? undefined : STATUS_OF_WORD[update.status];
  if (status === undefined) return undefined;
  await setIssueStatus(context.database, {
    ids,
    status,
    substatus: update.substatus ?? null,
    userId: principal.person?.userId ?? null,
    now: new Date(context.clock.now()),
  });
  return status;
}

const bulkQuery = z.object({
  id: listParam,
  status: textParam,
  query: textParam,
  project: listParam,
  environment: listParam,
});

type BulkCall<B> = Call<'organization' | 'project', z.output<typeof bulkQuery>, B>;

async function bulkChange(call: BulkCall<z.output<typeof issueUpdateSchema>>): Promise<unknown> {
  const { context, query, body, tenant, reply } = call;
  if (body.discard === true) {
    if (!mayDo(DELETE, tenant)) throw notAllowed();
    checkNamed(query);
  }
  const ids = await idsOf(call);
  if (ids.length === 0) return reply.status(204).send();
  if (body.discard === true) {
    await removeIssues(context, tenant.principal, ids, { discard: true });
    return reply.status(204).send();
  }
  const status = await changeStatus(context, tenant.principal, ids, body);
  return status === undefined ? {} : { status, statusDetails: {} };
}

/** @returns ids of the issues that a bulk change names by `id`, or that its query finds. */
async function idsOf(call: BulkCall<unknown>): Promise<readonly string[]> {
  const { context, query } = call;
  const search = parseIssueSearch(query.query ?? (query.status === undefined ? '' : `is:${query.status}`));
  const projects = await projectsOf(call, search);
  const filter = await filterOf(context, {
    projectIds: projects.map((project) => project.id),
    environments: query.environment,
    periodMs: undefined,
    search,
  });
  const wanted = query.id.map((id) => (/^[0-9]{1,18}$/.test(id) ? id : '0'));
  return listIssueIds(
    context.database,
    wanted.length === 0 ? filter : { ...filter, ids: wanted },
    MOST_CHANGED,
  );
}

async function removeIssues(
  context: WebContext,
  principal: Principal,
  ids: readonly string[],
  { discard }: { readonly discard: boolean },
): Promise<void> {
  await deleteIssues(context.database, {
    ids,
    discard,
    topic: context.log.topic,
    userId: principal.person?.userId ?? null,
    now: new Date(context.clock.now()),
  });
}

/** What goes for ever must be named: with nothing named it would be everything, which nobody means. @throws Refusal 400 */
function checkNamed(query: z.output<typeof bulkQuery>): void {
  if (query.id.length === 0 && !query.query?.trim()) throw badField('id', 'names no issue');
}

async function bulkDelete(call: BulkCall<undefined>): Promise<unknown> {
  const { context, query, tenant, reply } = call;
  checkNamed(query);
  await removeIssues(context, tenant.principal, await idsOf(call), { discard: false });
  return reply.status(204).send();
}

const READ = { scope: ['event:read'], role: 'support' } as const;
const DELETE = { scope: ['event:admin'], role: 'admin' } as const;
const WRITE = { scope: ['event:write'], role: 'member' } as const;

export const issueRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/issues/',
    summary: 'Search issues of all projects',
    answers: { 200: z.array(issueSchema) },
    access: { tenant: 'organization', ...READ },
    query: listQuery,
    handle: sendIssues,
  }),
  route({
    method: 'GET',
    path: '/api/0/projects/:org/:project/issues/',
    summary: 'Search issues of a project',
    answers: { 200: z.array(issueSchema) },
    access: { tenant: 'project', ...READ },
    query: listQuery,
    handle: sendIssues,
  }),
  route({
    method: 'PUT',
    path: '/api/0/organizations/:org/issues/',
    summary: 'Change issues that are named or found',
    answers: { 200: bulkIssueUpdateSchema.partial(), 204: null },
    access: { tenant: 'organization', ...WRITE },
    query: bulkQuery,
    body: issueUpdateSchema,
    handle: bulkChange,
  }),
  route({
    method: 'PUT',
    path: '/api/0/projects/:org/:project/issues/',
    summary: 'Change issues of a project that are named or found',
    answers: { 200: bulkIssueUpdateSchema.partial(), 204: null },
    access: { tenant: 'project', ...WRITE },
    query: bulkQuery,
    body: issueUpdateSchema,
    handle: bulkChange,
  }),
  route({
    method: 'DELETE',
    path: '/api/0/organizations/:org/issues/',
    summary: 'Delete issues that are named or found',
    answers: { 204: null },
    access: { tenant: 'organization', ...DELETE },
    query: bulkQuery,
    handle: bulkDelete,
  }),
  route({
    method: 'DELETE',
    path: '/api/0/projects/:org/:project/issues/',
    summary: 'Delete issues of a project that are named or found',
    answers: { 204: null },
    access: { tenant: 'project', ...DELETE },
    query: bulkQuery,
    handle: bulkDelete,
  }),
  route({
    method: 'DELETE',
    path: ['/api/0/organizations/:org/issues/:issue/', '/api/0/issues/:issue/'],
    summary: 'Delete an issue',
    answers: { 202: null },
    access: { tenant: 'issue', ...DELETE },
    handle: async ({ context, tenant, reply }) => {
      await removeIssues(context, tenant.principal, [tenant.issue.id], { discard: false });
      return reply.status(202).send();
    },
  }),
  route({
    method: 'GET',
    path: ['/api/0/organizations/:org/issues/:issue/', '/api/0/issues/:issue/'],
    summary: 'Show an issue',
    answers: { 200: issueDetailSchema },
    access: { tenant: 'issue', ...READ },
    handle: ({ context, tenant }) => showIssueDetail(context, tenant.issue),
  }),
  route({
    method: 'PUT',
    path: ['/api/0/organizations/:org/issues/:issue/', '/api/0/issues/:issue/'],
    summary: 'Resolve, ignore, reopen or discard an issue',
    answers: { 200: issueDetailSchema, 204: null },
    access: { tenant: 'issue', ...WRITE },
    body: issueUpdateSchema,
    handle: async ({ context, tenant, body, reply }) => {
      if (body.discard === true) {
        // Who discards an issue deletes it.
        if (!mayDo(DELETE, tenant)) throw notAllowed();
        await removeIssues(context, tenant.principal, [tenant.issue.id], { discard: true });
        return reply.status(204).send();
      }
      await changeStatus(context, tenant.principal, [tenant.issue.id], body);
      const changed = await findIssue(context.database, tenant.issue.id);
      if (changed === undefined) throw notFound();
      return showIssueDetail(context, changed);
    },
  }),
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/shortids/:short/',
    summary: 'Find an issue by its short id',
    answers: { 200: shortIdSchema },
    access: { tenant: 'organization', ...READ },
    handle: async ({ context, tenant: { organization }, param }): Promise<ShortId> => {
      const short = parseShortId(param('short'));
      if (short === undefined) throw notFound();
      const row = await findIssueByShortId(context.database, organization.id, short);
      const [group] = row === undefined ? [] : await showIssues(context, organization.id, [row], ['24h']);
      if (row === undefined || group === undefined) throw notFound();
      return {
        organizationSlug: organization.slug,
        projectSlug: row.project_slug,
        groupId: row.id,
        shortId: group.shortId,
        group,
      };
    },
  }),
];
