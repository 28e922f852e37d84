import { randomBytes } from 'node:crypto';
import {
  type AlertChannel,
  alertChannelSchema,
  type NewAlertChannel,
  newAlertChannelRequestSchema,
  newAlertChannelSchema,
} from '@culprit/api';
import { z } from 'zod';
import { mayDo } from '../access/authorize.ts';
import { type Route, route, type Tenants } from '../access/route.ts';
import { selectProjects } from '../project-selection.ts';
import { notFound } from '../refusal.ts';
import {
  type AlertChannelRow,
  findAlertChannel,
  insertAlertChannel,
  listAlertChannels,
  removeAlertChannel,
} from '../store/alert-channels.ts';
import { pageByOffset } from './offset-page.ts';
import { pageQuery } from './query-schemas.ts';

const READ = { scope: ['alerts:read', 'org:read'], role: 'member' } as const;
const WRITE = { scope: ['alerts:write', 'org:write'], role: 'admin' } as const;
const CHANNELS = '/api/0/organizations/:org/alert-channels/';

/** The path of a webhook is often its password: who may not change where alerts go sees only whose it is. */
function showChannel(row: AlertChannelRow, tenant: Tenants['organization']): AlertChannel {
  const isShown = row.kind === 'email' || mayDo(WRITE, tenant);
  return {
    id: row.id,
    kind: row.kind,
    target: isShown ? row.target : `${new URL(row.target).origin}/…`,
    project: row.project,
    isActive: row.is_active,
    dateCreated: row.created_at.toISOString(),
  };
}

export const alertChannelRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: CHANNELS,
    summary: 'List where alerts go',
    answers: { 200: z.array(alertChannelSchema) },
    access: { tenant: 'organization', ...READ },
    query: pageQuery,
    handle: async (call) => {
      const { context, tenant } = call;
      const page = await pageByOffset(call, (rows) =>
        listAlertChannels(context.database, tenant.organization.id, rows),
      );
      return page.map((row) => showChannel(row, tenant));
    },
  }),
  route({
    method: 'POST',
    path: CHANNELS,
    summary: 'Add a webhook or a mail address',
    answers: { 201: newAlertChannelSchema },
    access: { tenant: 'organization', ...WRITE },
    body: newAlertChannelRequestSchema,
    handle: async ({ context, tenant, body, reply }) => {
      const { organization } = tenant;
      const named = body.project === null || body.project === undefined ? [] : [String(body.project)];
      const [project] = named.length === 0 ? [] : await selectProjects(context, organization.id, named);
      const secret = body.kind === 'webhook' ? randomBytes(32).toString('hex') : null;
      const id = await insertAlertChannel(context.database, {
        organizationId: organization.id,
        projectId: project?.id ?? null,
        kind: body.kind,
        target: body.target,
        secret,
        createdAt: new Date(context.clock.now()),
      });
      const row = await findAlertChannel(context.database, organization.id, id);
      if (row === undefined) throw notFound();
      const made: NewAlertChannel = { ...showChannel(row, tenant), secret };
      return reply.status(201).send(made);
    },
  }),
  route({
    method: 'GET',
    path: `${CHANNELS}:channel/`,
    summary: 'Show where alerts go',
    answers: { 200: alertChannelSchema },
    access: { tenant: 'organization', ...READ },
    handle: async ({ context, tenant, param }) => {
      const row = await findAlertChannel(context.database, tenant.organization.id, param('channel'));
      if (row === undefined) throw notFound();
      return showChannel(row, tenant);
    },
  }),
  route({
    method: 'DELETE',
    path: `${CHANNELS}:channel/`,
    summary: 'Stop alerts to a webhook or a mail address',
    answers: { 204: null },
    access: { tenant: 'organization', ...WRITE },
    handle: async ({ context, tenant, param, reply }) => {
      if (!(await removeAlertChannel(context.database, tenant.organization.id, param('channel'))))
        throw notFound();
      return reply.status(204).send();
    },
  }),
];
