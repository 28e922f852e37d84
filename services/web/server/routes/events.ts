import { type EventIdAnswer, eventDetailSchema, eventIdSchema, storedEventSchema } from '@culprit/api';
import { type Route, route } from '../access/route.ts';
import { eventIdOf, readEvent, readEventDetail } from '../event-reading.ts';
import { notFound } from '../refusal.ts';
import { listProjectNames } from '../store/projects.ts';

const READ = { scope: ['event:read'], role: 'support' } as const;

export const eventRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/projects/:org/:project/events/:event/',
    summary: 'Show an event',
    answers: { 200: eventDetailSchema },
    access: { tenant: 'project', ...READ },
    handle: async ({ context, tenant, param }) => {
      const row = await readEvent(context, [tenant.project.id], eventIdOf(param('event')));
      return readEventDetail(context, tenant.organization.id, row);
    },
  }),
  route({
    method: 'GET',
    path: '/api/0/projects/:org/:project/events/:event/json/',
    summary: 'Read an event as it is stored',
    answers: { 200: storedEventSchema },
    access: { tenant: 'project', ...READ },
    handle: async ({ context, tenant, param, reply }) => {
      const row = await readEvent(context, [tenant.project.id], eventIdOf(param('event')));
      // The bytes as stored: nothing is parsed or written anew.
      return reply.type('application/json').send(row.payload);
    },
  }),
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/eventids/:event/',
    summary: 'Find project and issue of an event',
    answers: { 200: eventIdSchema },
    access: { tenant: 'organization', ...READ },
    handle: async ({ context, tenant: { organization }, param }): Promise<EventIdAnswer> => {
      const projects = await listProjectNames(context.database, organization.id);
      const row = await readEvent(
        context,
        projects.map((project) => project.id),
        eventIdOf(param('event')),
      );
      const project = projects.find((candidate) => candidate.id === row.project_id);
      if (project === undefined) throw notFound();
      const event = await readEventDetail(context, organization.id, row);
      return {
        organizationSlug: organization.slug,
        projectSlug: project.slug,
        groupId: event.groupID,
        eventId: event.eventID,
        event,
      };
    },
  }),
];
