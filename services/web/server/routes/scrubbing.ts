import { randomUUID } from 'node:crypto';
import { scrubbedEventSchema, scrubbingTrialSchema } from '@culprit/api';
import { normalizeEvent } from '@culprit/normalization';
import { parseEventId, parseProjectId } from '@culprit/protocol';
import { scrubEvent } from '@culprit/scrubbing';
import { readProjectSettings } from '@culprit/settings';
import { type Route, route } from '../access/route.ts';
import { badField } from '../refusal.ts';
import { checkScrubbingRules } from '../scrubbing-rules.ts';

/** Shows what would be stored of an event. Nothing is. */
export const scrubbingRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/0/projects/:org/:project/scrubbing/try/',
    summary: 'Try scrubbing rules on an event',
    answers: { 200: scrubbedEventSchema },
    access: { tenant: 'project', scope: ['project:read'], role: 'support' },
    body: scrubbingTrialSchema,
    handle: async ({ context, tenant, body }) => {
      checkScrubbingRules(body.settings?.relayPiiConfig);
      const asked = Object.assign({}, tenant.project.settings, body.settings);
      const { scrubbing } = readProjectSettings(asked).settings;
      const projectId = parseProjectId(tenant.project.id);
      const eventId = parseEventId(body.event.event_id) ?? parseEventId(randomUUID());
      if (projectId === undefined || eventId === undefined) throw badField('event', 'has no place');
      const normalized = normalizeEvent(body.event, {
        projectId,
        keyId: null,
        eventId,
        received: context.clock.now(),
        itemType: 'event',
      });
      if (!normalized.ok)
        throw badField('event', 'is none that would be stored: its timestamp is before 1970');
      return { event: scrubEvent(normalized.event, scrubbing) };
    },
  }),
];
