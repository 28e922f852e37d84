import { organizationSchema, projectSchema, teamSchema } from '@culprit/api';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { showOrganization, showProject, showTeam } from '../shapes/organization.ts';
import {
  findOrganizationById,
  listOrganizationsOf,
  listTeams,
  type OrganizationRow,
} from '../store/organizations.ts';
import { listProjects } from '../store/projects.ts';
import { pageByOffset } from './offset-page.ts';
import { pageQuery } from './query-schemas.ts';

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
    handle: async (call) => {
      const { context, tenant } = call;
      const all = await organizationsOf(context, tenant.principal);
      const page = await pageByOffset(call, async ({ limit, offset }) => all.slice(offset, offset + limit));
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
    query: pageQuery,
    handle: async (call) => {
      const { context, tenant } = call;
      const page = await pageByOffset(call, (rows) =>
        listTeams(context.database, tenant.organization.id, rows),
      );
      return page.map(showTeam);
    },
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
    handle: async (call) => {
      const { context, tenant } = call;
      const page = await pageByOffset(call, (rows) =>
        listProjects(context.database, tenant.organization.id, rows),
      );
      return page.map((row) => showProject(row, tenant.organization));
    },
  }),
];
