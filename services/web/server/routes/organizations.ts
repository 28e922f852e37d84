import { organizationSchema, projectSchema, teamSchema } from '@culprit/api';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { cutPage, parseOffset } from '../paging.ts';
import { showOrganization, showProject, showTeam } from '../shapes/organization.ts';
import {
  findOrganizationById,
  listOrganizationsOf,
  listTeams,
  type OrganizationRow,
} from '../store/organizations.ts';
import { listProjects } from '../store/projects.ts';
import { limitOf, pageQuery } from './query-schemas.ts';

async function organizationsOf(
  context: WebContext,
  principal: Principal,
): Promise<readonly OrganizationRow[]> {
  const { person } = principal;
  const all = person === undefined ? undefined : await listOrganizationsOf(context.database, person.userId);
  if (principal.kind === 'session') return all ?? [];
  if (all !== undefined) return all.filter((organization) => organization.id === principal.organizationId);
  const own = await findOrganizationById(context.database, principal.organizationId);
  return own === undefined ? [] : [own];
}

export const organizationRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/organizations/',
    summary: 'List organizations',
    answers: { 200: z.array(organizationSchema) },
    access: { tenant: 'account', scope: 'any', role: 'any' },
    query: pageQuery,
    handle: async ({ context, tenant, query, request, reply }) => {
      const limit = limitOf(query);
      const offset = parseOffset(query.cursor);
      const all = await organizationsOf(context, tenant.principal);
      const page = cutPage(
        { request, reply, publicUrl: context.publicUrl },
        all.slice(offset, offset + limit + 1),
        limit,
        () => ({ key: '0', id: String(offset + limit) }),
      );
      return page.map((row) => showOrganization(row, context.publicUrl));
    },
  }),
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/',
    summary: 'Show an organization',
    answers: { 200: organizationSchema },
    access: { tenant: 'organization', scope: ['org:read', 'org:ci'], role: 'support' },
    handle: async ({ context, tenant }) => showOrganization(tenant.organization, context.publicUrl),
  }),
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/teams/',
    summary: 'List teams',
    answers: { 200: z.array(teamSchema) },
    access: { tenant: 'organization', scope: ['team:read', 'org:read'], role: 'support' },
    handle: async ({ context, tenant }) =>
      (await listTeams(context.database, tenant.organization.id)).map(showTeam),
  }),
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/projects/',
    summary: 'List projects',
    answers: { 200: z.array(projectSchema) },
    access: {
      tenant: 'organization',
      scope: ['project:read', 'project:releases', 'org:read'],
      role: 'support',
    },
    query: pageQuery,
    handle: async ({ context, tenant, query, request, reply }) => {
      const limit = limitOf(query);
      const offset = parseOffset(query.cursor);
      const rows = await listProjects(context.database, tenant.organization.id, { limit: limit + 1, offset });
      const page = cutPage({ request, reply, publicUrl: context.publicUrl }, rows, limit, () => ({
        key: '0',
        id: String(offset + limit),
      }));
      return page.map((row) => showProject(row, tenant.organization));
    },
  }),
];
