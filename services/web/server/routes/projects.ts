import { createProject, createProjectKey, makePublicKey } from '@culprit/accounts';
import {
  newProjectRequestSchema,
  projectDetailSchema,
  projectSchema,
  projectUpdateSchema,
} from '@culprit/api';
import { isUniqueViolation } from '@culprit/postgres';
import { mayDo } from '../access/authorize.ts';
import { type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { notFound, Refusal } from '../refusal.ts';
import { checkScrubbingRules } from '../scrubbing-rules.ts';
import { showProject, showProjectDetail } from '../shapes/organization.ts';
import { deleteProject } from '../store/deletions.ts';
import { findTeam } from '../store/organizations.ts';
import { findProject, type ProjectRow, updateProject } from '../store/projects.ts';

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

/** Projects themselves; their keys, filters, quotas and tombstones have files of their own. */
export const projectRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/projects/:org/:project/',
    summary: 'Show a project and its settings',
    answers: { 200: projectDetailSchema },
    access: { tenant: 'project', scope: ['project:read', 'project:releases'], role: 'support' },
    handle: async ({ tenant }) =>
      showProjectDetail(tenant.project, tenant.organization, { withSecret: mayDo(ADMIN, tenant) }),
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
      checkScrubbingRules(settings.relayPiiConfig);
      await withFreeSlug(
        updateProject(context.database, tenant.project.id, { name, slug, platform, settings }),
      );
      const row = await projectAgain(context, tenant.organization.id, tenant.project.id);
      return showProjectDetail(row, tenant.organization, { withSecret: true });
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
];
