import {
  type Change,
  changeSchema,
  type Deploy,
  deploySchema,
  newChangeRequestSchema,
  newDeployRequestSchema,
} from '@culprit/api';
import { z } from 'zod';
import { type Route, route } from '../access/route.ts';
import { selectProjects } from '../project-selection.ts';
import { badField, notFound } from '../refusal.ts';
import { showDeploy } from '../shapes/deploy.ts';
import { insertChange } from '../store/changes.ts';
import { createDeploy, findDeploys, listDeploys, listDeploysOfRelease } from '../store/deploys.ts';
import { linkProjects } from '../store/releases.ts';
import { pageByOffset } from './offset-page.ts';
import { pageQuery } from './query-schemas.ts';
import { namedProjects, releaseOf } from './releases.ts';

const READ = { scope: ['project:read', 'project:releases', 'org:read'], role: 'support' } as const;
const WRITE = { scope: ['project:releases', 'project:write', 'org:write'], role: 'member' } as const;

export const deployRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/deploys/',
    summary: 'List deploys, newest first',
    answers: { 200: z.array(deploySchema) },
    access: { tenant: 'organization', ...READ },
    query: pageQuery,
    handle: async (call): Promise<Deploy[]> => {
      const { context, tenant } = call;
      const page = await pageByOffset(call, (rows) =>
        listDeploys(context.database, tenant.organization.id, rows),
      );
      return page.map(showDeploy);
    },
  }),
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/releases/:version/deploys/',
    summary: 'List deploys of a release',
    answers: { 200: z.array(deploySchema) },
    access: { tenant: 'organization', ...READ },
    query: pageQuery,
    handle: async (call): Promise<Deploy[]> => {
      const release = await releaseOf(call);
      const page = await pageByOffset(call, (rows) =>
        listDeploysOfRelease(call.context.database, release.id, rows),
      );
      return page.map(showDeploy);
    },
  }),
  route({
    method: 'POST',
    path: '/api/0/organizations/:org/releases/:version/deploys/',
    summary: 'Say that a release was deployed',
    answers: { 201: deploySchema },
    access: { tenant: 'organization', ...WRITE },
    body: newDeployRequestSchema,
    handle: async (call) => {
      const { context, tenant, body, reply } = call;
      const organizationId = tenant.organization.id;
      const release = await releaseOf(call);
      const named = await namedProjects(context, organizationId, body.projects);
      const projectIds = named.length > 0 ? named : release.projects.map((project) => project.id);
      if (projectIds.length === 0) throw badField('projects', 'the release has no project: name them');
      const now = new Date(context.clock.now());
      const id = await context.database.transaction(async (tx) => {
        await linkProjects(tx, release.id, projectIds);
        return createDeploy(tx, {
          organizationId,
          releaseId: release.id,
          projectIds,
          environment: body.environment,
          name: body.name ?? null,
          url: body.url ?? null,
          dateStarted: body.dateStarted ? new Date(body.dateStarted) : null,
          dateFinished: body.dateFinished ? new Date(body.dateFinished) : now,
          now,
        });
      });
      const [deploy] = await findDeploys(context.database, organizationId, [id]);
      if (deploy === undefined) throw notFound();
      return reply.status(201).send(showDeploy(deploy));
    },
  }),
  route({
    method: 'POST',
    path: '/api/0/organizations/:org/changes/',
    summary: 'Note a change that is no deploy',
    answers: { 201: changeSchema },
    access: { tenant: 'organization', ...WRITE },
    body: newChangeRequestSchema,
    handle: async ({ context, tenant, body, reply }) => {
      const organizationId = tenant.organization.id;
      const named = body.project === null || body.project === undefined ? [] : [String(body.project)];
      const [project] = named.length === 0 ? [] : await selectProjects(context, organizationId, named);
      const now = context.clock.now();
      const happenedAt = body.dateHappened ? new Date(body.dateHappened) : new Date(now);
      const data = body.data ?? {};
      const id = await insertChange(context.database, {
        organizationId,
        projectId: project?.id ?? null,
        kind: body.kind,
        name: body.name,
        environment: body.environment ?? null,
        data,
        happenedAt,
        createdAt: new Date(now),
      });
      const change: Change = {
        id,
        kind: body.kind,
        name: body.name,
        project: project?.slug ?? null,
        environment: body.environment ?? null,
        data,
        dateHappened: happenedAt.toISOString(),
      };
      return reply.status(201).send(change);
    },
  }),
];
