import { type Tombstone, tombstoneSchema } from '@culprit/api';
import { z } from 'zod';
import { type Route, route } from '../access/route.ts';
import { notFound } from '../refusal.ts';
import { deleteTombstone, listTombstones, type TombstoneRow } from '../store/deletions.ts';
import { pageByOffset } from './offset-page.ts';
import { pageQuery } from './query-schemas.ts';

const TOMBSTONES = '/api/0/projects/:org/:project/tombstones/';

function showTombstone(row: TombstoneRow): Tombstone {
  return {
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
  };
}

/** Issues whose events are not let in. */
export const tombstoneRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: TOMBSTONES,
    summary: 'List issues that are discarded',
    answers: { 200: z.array(tombstoneSchema) },
    access: { tenant: 'project', scope: ['event:read'], role: 'support' },
    query: pageQuery,
    handle: async (call): Promise<Tombstone[]> => {
      const { context, tenant } = call;
      const page = await pageByOffset(call, (rows) =>
        listTombstones(context.database, tenant.project.id, rows),
      );
      return page.map(showTombstone);
    },
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
