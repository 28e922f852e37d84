import { newReleaseRequestSchema, type Release, releaseSchema, releaseUpdateSchema } from '@culprit/api';
import { z } from 'zod';
import { type Call, type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { selectProjects } from '../project-selection.ts';
import { badField, notFound, Refusal } from '../refusal.ts';
import { readReleaseHealth } from '../release-health.ts';
import { showReleases } from '../shapes/release.ts';
import {
  findRelease,
  linkProjects,
  listReleases,
  type ReleaseFields,
  type ReleaseRow,
  updateRelease,
  upsertRelease,
} from '../store/releases.ts';
import { pageByOffset } from './offset-page.ts';
import { listParam, pageQuery, textParam } from './query-schemas.ts';

const healthQuery = z.object({ health: textParam, environment: listParam });
const listQuery = pageQuery.extend({
  query: textParam,
  project: listParam,
  status: textParam,
  ...healthQuery.shape,
});
type Scoped = Call<'organization' | 'project', unknown, unknown>;

const READ = { scope: ['project:read', 'project:releases', 'org:read'], role: 'support' } as const;
const WRITE = { scope: ['project:releases', 'project:write', 'org:write'], role: 'member' } as const;

function projectOf({ tenant }: Scoped): { readonly id: number } | undefined {
  return 'project' in tenant ? tenant.project : undefined;
}

/** With their health where it is asked for (`health=1`): that is a question to ClickHouse. */
async function show(
  context: WebContext,
  organizationId: string,
  rows: readonly ReleaseRow[],
  query: z.output<typeof healthQuery> = { health: undefined, environment: [] },
): Promise<Release[]> {
  const health = query.health === '1' ? await readReleaseHealth(context, rows, query.environment) : undefined;
  return showReleases(context.database, organizationId, rows, health);
}

async function showOne(
  context: WebContext,
  organizationId: string,
  row: ReleaseRow,
  query?: z.output<typeof healthQuery>,
): Promise<Release> {
  const [release] = await show(context, organizationId, [row], query);
  if (release === undefined) throw notFound();
  return release;
}

/** The release that the path names. @throws Refusal 404 */
export async function releaseOf(call: Scoped): Promise<ReleaseRow> {
  const { context, tenant, param } = call;
  const row = await findRelease(
    context.database,
    tenant.organization.id,
    param('version'),
    projectOf(call)?.id,
  );
  if (row === undefined) throw notFound();
  return row;
}

function fieldsOf(body: z.output<typeof releaseUpdateSchema>): ReleaseFields {
  return {
    ref: body.ref,
    url: body.url,
    dateReleased: body.dateReleased ? new Date(body.dateReleased) : undefined,
    status: body.status ?? undefined,
  };
}

/** The projects that a body names; an unknown one is refused in the words that clients know. */
export async function namedProjects(
  context: WebContext,
  organizationId: string,
  named: readonly (string | number)[] | null | undefined,
): Promise<readonly number[]> {
  if (!named || named.length === 0) return [];
  try {
    return (await selectProjects(context, organizationId, named.map(String))).map((project) => project.id);
  } catch (error) {
    if (error instanceof Refusal) throw badField('projects', 'Invalid project ids or slugs');
    throw error;
  }
}

async function createRelease(
  call: Call<'organization' | 'project', unknown, z.output<typeof newReleaseRequestSchema>>,
): Promise<unknown> {
  const { context, tenant, body, reply } = call;
  const organizationId = tenant.organization.id;
  const own = projectOf(call);
  const named = own === undefined ? await namedProjects(context, organizationId, body.projects) : [own.id];
  const isNew = await context.database.transaction(async (tx) => {
    const { id, created } = await upsertRelease(tx, {
      ...fieldsOf(body),
      organizationId,
      version: body.version,
      dateCreated: new Date(context.clock.now()),
    });
    if (created && named.length === 0) throw badField('projects', 'a new release needs at least one project');
    const linked = await linkProjects(tx, id, named);
    return created || linked > 0;
  });
  const row = await findRelease(context.database, organizationId, body.version);
  if (row === undefined) throw notFound();
  return reply.status(isNew ? 201 : 208).send(await showOne(context, organizationId, row));
}

async function listPage(
  call: Call<'organization' | 'project', z.output<typeof listQuery>, unknown>,
): Promise<Release[]> {
  const { context, tenant, query } = call;
  const organizationId = tenant.organization.id;
  const own = projectOf(call);
  const { status } = query;
  if (status !== undefined && status !== '' && status !== 'open' && status !== 'archived') {
    throw badField('status', 'must be open or archived');
  }
  const named =
    query.project.length === 0 || query.project.includes('-1')
      ? null
      : (await selectProjects(context, organizationId, query.project)).map((project) => project.id);
  const page = await pageByOffset(call, (rows) =>
    listReleases(context.database, {
      organizationId,
      projectIds: own === undefined ? named : [own.id],
      status: status === undefined || status === '' ? null : status,
      text: query.query ?? '',
      ...rows,
    }),
  );
  return show(context, organizationId, page, query);
}

async function changeRelease(
  call: Call<'organization' | 'project', unknown, z.output<typeof releaseUpdateSchema>>,
): Promise<Release> {
  const { context, tenant, body } = call;
  const found = await releaseOf(call);
  await updateRelease(context.database, found.id, fieldsOf(body));
  const row = await findRelease(context.database, tenant.organization.id, found.version);
  return showOne(context, tenant.organization.id, row ?? found);
}

async function refuseDeletion(call: Scoped): Promise<never> {
  await releaseOf(call);
  throw new Refusal(400, {
    detail: 'A release that events or deploys may refer to cannot be deleted. Archive it instead.',
  });
}

async function readOne(
  call: Call<'organization' | 'project', z.output<typeof healthQuery>, unknown>,
): Promise<Release> {
  return showOne(call.context, call.tenant.organization.id, await releaseOf(call), call.query);
}

const ORGANIZATION = '/api/0/organizations/:org/releases/';
const PROJECT = '/api/0/projects/:org/:project/releases/';

/** The same under the organization and under a project: one half of the clients uses the one, the other half the other. */
export const releaseRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: ORGANIZATION,
    summary: 'List releases',
    answers: { 200: z.array(releaseSchema) },
    access: { tenant: 'organization', ...READ },
    query: listQuery,
    handle: listPage,
  }),
  route({
    method: 'GET',
    path: PROJECT,
    summary: 'List releases of a project',
    answers: { 200: z.array(releaseSchema) },
    access: { tenant: 'project', ...READ },
    query: listQuery,
    handle: listPage,
  }),
  route({
    method: 'POST',
    path: ORGANIZATION,
    summary: 'Create a release, or add projects to it',
    answers: { 201: releaseSchema, 208: releaseSchema },
    access: { tenant: 'organization', ...WRITE },
    body: newReleaseRequestSchema,
    handle: createRelease,
  }),
  route({
    method: 'POST',
    path: PROJECT,
    summary: 'Create a release of a project',
    answers: { 201: releaseSchema, 208: releaseSchema },
    access: { tenant: 'project', ...WRITE },
    body: newReleaseRequestSchema,
    handle: createRelease,
  }),
  route({
    method: 'GET',
    path: `${ORGANIZATION}:version/`,
    summary: 'Show a release',
    answers: { 200: releaseSchema },
    access: { tenant: 'organization', ...READ },
    query: healthQuery,
    handle: readOne,
  }),
  route({
    method: 'GET',
    path: `${PROJECT}:version/`,
    summary: 'Show a release of a project',
    answers: { 200: releaseSchema },
    access: { tenant: 'project', ...READ },
    query: healthQuery,
    handle: readOne,
  }),
  route({
    method: 'PUT',
    path: `${ORGANIZATION}:version/`,
    summary: 'Change a release',
    answers: { 200: releaseSchema },
    access: { tenant: 'organization', ...WRITE },
    body: releaseUpdateSchema,
    handle: changeRelease,
  }),
  route({
    method: 'PUT',
    path: `${PROJECT}:version/`,
    summary: 'Change a release of a project',
    answers: { 200: releaseSchema },
    access: { tenant: 'project', ...WRITE },
    body: releaseUpdateSchema,
    handle: changeRelease,
  }),
  route({
    method: 'DELETE',
    path: `${ORGANIZATION}:version/`,
    summary: 'Refuse to delete a release: archive it instead',
    answers: {},
    access: { tenant: 'organization', ...WRITE },
    handle: refuseDeletion,
  }),
  route({
    method: 'DELETE',
    path: `${PROJECT}:version/`,
    summary: 'Refuse to delete a release of a project: archive it instead',
    answers: {},
    access: { tenant: 'project', ...WRITE },
    handle: refuseDeletion,
  }),
];
