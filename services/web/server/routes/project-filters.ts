import {
  type FilterId,
  filterIdSchema,
  type ProjectFilter,
  projectFilterSchema,
  projectFilterUpdateSchema,
} from '@culprit/api';
import { CURRENT_LEGACY_BROWSERS } from '@culprit/protocol';
import { readStoredSettings } from '@culprit/settings';
import { z } from 'zod';
import { type Route, route } from '../access/route.ts';
import { badField, notFound } from '../refusal.ts';
import { updateProject } from '../store/projects.ts';

const FILTERS = '/api/0/projects/:org/:project/filters/';

const WORDS: Readonly<Record<FilterId, readonly [name: string, description: string]>> = {
  'browser-extensions': [
    'Browser extensions',
    'Errors that come from extensions of the browser and from scripts known to be injected into pages.',
  ],
  localhost: ['Localhost', 'Events from 127.0.0.1, ::1 and pages on localhost or opened from a file.'],
  'legacy-browsers': ['Old browsers', 'Events of browsers that you no longer support.'],
  'web-crawlers': [
    'Web crawlers',
    'Events that search engines and other robots cause while they read pages.',
  ],
  'filtered-transaction': [
    'Health checks',
    'Transactions of health checks. Transactions are not kept here at all.',
  ],
};

function showFilters(settings: unknown): ProjectFilter[] {
  const { options } = readStoredSettings(settings).settings;
  return filterIdSchema.options.map((id) => {
    const stored = options[`filters:${id}`];
    const [name, description] = WORDS[id];
    return {
      id,
      active: typeof stored === 'boolean' || stored.length > 0 ? stored : false,
      name,
      description,
    };
  });
}

/** Inbound filters that are on or off. Those with a list of their own are among the `options` of the project. */
export const projectFilterRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: FILTERS,
    summary: 'List inbound filters',
    answers: { 200: z.array(projectFilterSchema) },
    access: { tenant: 'project', scope: ['project:read'], role: 'support' },
    handle: async ({ tenant }) => showFilters(tenant.project.settings),
  }),
  route({
    method: 'PUT',
    path: `${FILTERS}:filter/`,
    summary: 'Switch an inbound filter on or off',
    answers: { 204: null },
    access: { tenant: 'project', scope: ['project:write'], role: 'admin' },
    body: projectFilterUpdateSchema,
    handle: async ({ context, tenant, param, body, reply }) => {
      const filter = filterIdSchema.safeParse(param('filter'));
      if (!filter.success) throw notFound();
      const options = { [`filters:${filter.data}`]: toStored(filter.data, body) };
      await updateProject(context.database, tenant.project.id, { settings: { options } });
      return reply.status(204).send();
    },
  }),
];

/** What is kept: of old browsers their names, of any other filter whether it is on. */
function toStored(
  filter: FilterId,
  { active, subfilters }: z.infer<typeof projectFilterUpdateSchema>,
): boolean | readonly string[] {
  if (filter === 'legacy-browsers') return subfilters ?? (active === true ? CURRENT_LEGACY_BROWSERS : []);
  if (active === undefined) throw badField('active', 'This field is required.');
  return active;
}
