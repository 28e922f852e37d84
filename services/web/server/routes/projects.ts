import { createProject, createProjectKey, makePublicKey } from '@culprit/accounts';
import {
  newProjectRequestSchema,
  type ProjectKey,
  projectDetailSchema,
  projectKeyRequestSchema,
  projectKeySchema,
  projectSchema,
  projectUpdateSchema,
  type Tombstone,
  tombstoneSchema,
} from '@culprit/api';
import { isUniqueViolation } from '@culprit/postgres';
import { z } from 'zod';
import { type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { notFound, Refusal } from '../refusal.ts';
import { showKey, showProject, showProjectDetail } from '../shapes/organization.ts';
import { deleteProject, deleteTombstone, listTombstones } from '../store/deletions.ts';
import { deleteKey, findKey, listKeys, updateKey } from '../store/keys.ts';
import { findTeam } from '../store/organizations.ts';
import { findProject, type ProjectRow, updateProject } from '../store/projects.ts';

const READ = { scope: ['project:read'], role: 'support' } as const;
const ADMIN = { scope: ['project:write'], role: 'admin' } as const;

async function projectAgain(context: WebContext, organizationId: string, id: number): Promise<ProjectRow> {
  const row = await findProject(context.database, organizationId, String(id));
  if (row === undefined) throw notFound();
  return row;
}

/** @throws Refusal 409 when another project has the slug. */
async function withFreeSlug<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isUniqueViolation(error, 'projects_organization_id_slug_key')) throw error;
    throw new Refusal(409, { slug: ['A project with this slug already exists.'] });
  }
}

/** A name as a slug; what has no letters or digits at all is a project like others. */
function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 50);
  return slug === '' ? 'project' : /^[0-9]+$/.test(slug) ? `project-${slug}`.slice(0, 50) : slug;
}

const projectReading: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/projects/:org/:project/',
    summary: 'Show a project and its settings',
    answers: { 200: projectDetailSchema },
    access: { tenant: 'project', scope: ['project:read', 'project:releases'], role: 'support' },
    handle: async ({ tenant }) => showProjectDetail(tenant.project, tenant.organization),
  }),
  route({
    method: 'PUT',
    path: '/api/0/projects/:org/:project/',
    summary: 'Change a project or any of its settings',
    answers: { 200: projectDetailSchema },
    access: { tenant: 'project', ...ADMIN },
    body: projectUpdateSchema,
    handle: async ({ context, tenant, body }) => {
      const { name, slug, platform, ...settings } = body;
      await withFreeSlug(
        updateProject(context.database, tenant.project.id, { name, slug, platform, settings }),
      );
      const row = await projectAgain(context, tenant.organization.id, tenant.project.id);
      return showProjectDetail(row, tenant.organization);
    },
  }),
  route({
    method: 'POST',
    path: '/api/0/teams/:org/:team/projects/',
    summary: 'Create a project, with a key at once',
    answers: { 201: projectSchema },
    access: { tenant: 'organization', ...ADMIN },
    body: newProjectRequestSchema,
    handle: async ({ context, tenant: { organization }, body, param, reply }) => {
      const team = await findTeam(context.database, organization.id, param('team'));
      if (team === undefined) throw notFound();
      const createdAt = new Date(context.clock.now());
      const id = await withFreeSlug(
        context.database.transaction(async (tx) => {
          const projectId = await createProject(tx, {
            organizationId: organization.id,
            teamId: team.id,
            slug: body.slug ?? slugOf(body.name),
            name: body.name,
            platform: body.platform ?? null,
            createdAt,
          });
          // With a key at once: ingest takes its events within seconds.
          await createProjectKey(tx, {
            projectId,
            publicKey: makePublicKey(),
            name: 'Default',
            rateLimit: null,
            isActive: true,
            createdAt,
          });
          return projectId;
        }),
      );
      const row = await projectAgain(context, organization.id, id);
      return reply.status(201).send(showProject(row, organization));
    },
  }),
];

const TOMBSTONES = '/api/0/projects/:org/:project/tombstones/';
const MOST_TOMBSTONES = 1_000;

const deletionRoutes: readonly Route[] = [
  route({
    method: 'DELETE',
    path: '/api/0/projects/:org/:project/',
    summary: 'Delete a project with everything in it',
    answers: { 204: null },
    access: { tenant: 'project', scope: ['project:admin'], role: 'admin' },
    handle: async ({ context, tenant, reply }) => {
      await deleteProject(context.database, {
        projectId: tenant.project.id,
        topic: context.log.topic,
        userId: tenant.principal.person?.userId ?? null,
        now: new Date(context.clock.now()),
      });
      return reply.status(204).send();
    },
  }),
  route({
    method: 'GET',
    path: TOMBSTONES,
    summary: 'List issues that are discarded',
    answers: { 200: z.array(tombstoneSchema) },
    access: { tenant: 'project', scope: ['event:read'], role: 'support' },
    handle: async ({ context, tenant }): Promise<Tombstone[]> =>
      (await listTombstones(context.database, tenant.project.id, MOST_TOMBSTONES)).map((row) => ({
        id: row.id,
        title: row.title,
        culprit: row.culprit,
        type: row.type,
        level: row.level,
        dateCreated: row.created_at.toISOString(),
        actor:
          row.user_id === null
            ? null
            : { id: row.user_id, name: row.user_name ?? '', email: row.user_email ?? '' },
      })),
  }),
  route({
    method: 'DELETE',
    path: `${TOMBSTONES}:tombstone/`,
    summary: 'Let a discarded issue come back',
    answers: { 204: null },
    access: { tenant: 'project', scope: ['event:admin'], role: 'admin' },
    handle: async ({ context, tenant, param, reply }) => {
      const id = param('tombstone');
      if (!/^[0-9]{1,18}$/.test(id)) throw notFound();
      const isDeleted = await deleteTombstone(context.database, {
        projectId: tenant.project.id,
        id,
        topic: context.log.topic,
        userId: tenant.principal.person?.userId ?? null,
        now: new Date(context.clock.now()),
      });
      if (!isDeleted) throw notFound();
      return reply.status(204).send();
    },
  }),
];

const KEYS = '/api/0/projects/:org/:project/keys/';

const keyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: KEYS,
    summary: 'List keys',
    answers: { 200: z.array(projectKeySchema) },
    access: { tenant: 'project', ...READ },
    handle: async ({ context, tenant }): Promise<ProjectKey[]> =>
      (await listKeys(context.database, tenant.project.id)).map((row) => showKey(row, context.ingestUrl)),
  }),
  route({
    method: 'POST',
    path: KEYS,
    summary: 'Create a key',
    answers: { 201: projectKeySchema },
    access: { tenant: 'project', ...ADMIN },
    body: projectKeyRequestSchema,
    handle: async ({ context, tenant, body, reply }) => {
      const row = await createProjectKey(context.database, {
        projectId: tenant.project.id,
        publicKey: makePublicKey(),
        name: body.name ?? 'Default',
        rateLimit: body.rateLimit ?? null,
        isActive: body.isActive ?? true,
        createdAt: new Date(context.clock.now()),
      });
      return reply.status(201).send(showKey(row, context.ingestUrl));
    },
  }),
  route({
    method: 'GET',
    path: `${KEYS}:key/`,
    summary: 'Show a key',
    answers: { 200: projectKeySchema },
    access: { tenant: 'project', ...READ },
    handle: async ({ context, tenant, param }): Promise<ProjectKey> => {
      const row = await findKey(context.database, tenant.project.id, param('key'));
      if (row === undefined) throw notFound();
      return showKey(row, context.ingestUrl);
    },
  }),
  route({
    method: 'PUT',
    path: `${KEYS}:key/`,
    summary: 'Change a key: its name, whether it is active, its limit',
    answers: { 200: projectKeySchema },
    access: { tenant: 'project', ...ADMIN },
    body: projectKeyRequestSchema,
    handle: async ({ context, tenant, param, body }): Promise<ProjectKey> => {
      const row = await findKey(context.database, tenant.project.id, param('key'));
      if (row === undefined) throw notFound();
      const { rateLimit } = showKey(row, context.ingestUrl);
      await updateKey(context.database, row.id, {
        name: body.name ?? row.name,
        isActive: body.isActive ?? row.is_active,
        rateLimit: body.rateLimit === undefined ? rateLimit : body.rateLimit,
      });
      const changed = await findKey(context.database, tenant.project.id, String(row.id));
      return showKey(changed ?? row, context.ingestUrl);
    },
  }),
  route({
    method: 'DELETE',
    path: `${KEYS}:key/`,
    summary: 'Delete a key',
    answers: { 204: null },
    access: { tenant: 'project', ...ADMIN },
    handle: async ({ context, tenant, param, reply }) => {
      const row = await findKey(context.database, tenant.project.id, param('key'));
      if (row === undefined) throw notFound();
      await deleteKey(context.database, row.id);
      return reply.status(204).send();
    },
  }),
];

export const projectRoutes: readonly Route[] = [...projectReading, ...deletionRoutes, ...keyRoutes];
