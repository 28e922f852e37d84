import { type Tombstone, tombstoneSchema } from '@culprit/api';
import { z } from 'zod';
import { type Route, route } from '../access/route.ts';
import { notFound } from '../refusal.ts';
import { deleteTombstone, listTombstones } from '../store/deletions.ts';

const TOMBSTONES = '/api/0/projects/:org/:project/tombstones/';
const MOST_TOMBSTONES = 1_000;

/** Issues whose events are not let in. */
export const tombstoneRoutes: readonly Route[] = [
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
