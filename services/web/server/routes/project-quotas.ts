import { projectQuotaSchema } from '@culprit/api';
import { quotaListSchema, readStoredSettings } from '@culprit/settings';
import { z } from 'zod';
import { type Route, route } from '../access/route.ts';
import { updateProject } from '../store/projects.ts';

const QUOTAS = '/api/0/projects/:org/:project/quotas/';

/** Limits of what a project takes, beside those of its keys. */
export const projectQuotaRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: QUOTAS,
    summary: 'List quotas',
    answers: { 200: z.array(projectQuotaSchema) },
    access: { tenant: 'project', scope: ['project:read'], role: 'support' },
    handle: async ({ tenant }) => readStoredSettings(tenant.project.settings).settings.quotas,
  }),
  route({
    method: 'PUT',
    path: QUOTAS,
    summary: 'Replace the quotas',
    answers: { 200: z.array(projectQuotaSchema) },
    access: { tenant: 'project', scope: ['project:write'], role: 'admin' },
    body: quotaListSchema,
    handle: async ({ context, tenant, body }) => {
      await updateProject(context.database, tenant.project.id, { settings: { quotas: body } });
      return body;
    },
  }),
];
