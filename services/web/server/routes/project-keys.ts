import { createProjectKey, makePublicKey } from '@culprit/accounts';
import { type ProjectKey, projectKeyRequestSchema, projectKeySchema } from '@culprit/api';
import { z } from 'zod';
import { type Route, route } from '../access/route.ts';
import { notFound } from '../refusal.ts';
import { showKey } from '../shapes/organization.ts';
import { deleteKey, findKey, listKeys, updateKey } from '../store/keys.ts';
import { pageByOffset } from './offset-page.ts';
import { pageQuery } from './query-schemas.ts';

const READ = { scope: ['project:read'], role: 'support' } as const;
const ADMIN = { scope: ['project:write'], role: 'admin' } as const;

const KEYS = '/api/0/projects/:org/:project/keys/';

/** Keys of a project: with its DSN an SDK may send. */
export const projectKeyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: KEYS,
    summary: 'List keys',
    answers: { 200: z.array(projectKeySchema) },
    access: { tenant: 'project', ...READ },
    query: pageQuery,
    handle: async (call): Promise<ProjectKey[]> => {
      const { context, tenant } = call;
      const page = await pageByOffset(call, (rows) => listKeys(context.database, tenant.project.id, rows));
      return page.map((row) => showKey(row, context.ingestUrl));
    },
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
      await updateKey(context.database, row.id, body);
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
