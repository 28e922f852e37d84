import {
  fieldErrorsSchema,
  filterIdSchema,
  projectDetailSchema,
  projectFilterSchema,
  projectFilterUpdateSchema,
  projectKeyRequestSchema,
  projectKeySchema,
  projectUpdateSchema,
  scrubbedEventSchema,
  scrubbingTrialSchema,
  statsSchema,
  tombstoneSchema,
} from '@culprit/api';
import { quotaListSchema } from '@culprit/settings';
import { z } from 'zod';
import { type Answer, type Ask, answer, type FixtureRoute, NOTHING, refuse } from './answers.ts';
import { keyOf } from './harbor/projects.ts';
import { filteredStats } from './harbor/settings.ts';

/** Keys of one answer. */
const PAGE = 100;
const WEB = '/api/0/projects/harbor/(?:web|1|shop)';

/** 400 with fields and reasons, as the real server has it. */
function refuseFields(error: z.ZodError): Answer {
  const fields: Record<string, string[]> = {};
  for (const { path, message } of error.issues) fields[path.join('.')] = [message];
  return answer(fieldErrorsSchema, fields, 400);
}

function changeProject({ body, story: { settings } }: Ask): Answer {
  const update = projectUpdateSchema.safeParse(body);
  if (!update.success) return refuseFields(update.error);
  const { options, ...rest } = update.data;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  settings.project = {
    ...settings.project,
    ...given,
    options: { ...settings.project.options, ...options },
  };
  return answer(projectDetailSchema, settings.project);
}

function switchFilter({ body, story: { settings } }: Ask, id: string): Answer {
  const filter = filterIdSchema.parse(id);
  const { active, subfilters } = projectFilterUpdateSchema.parse(body);
  const value = subfilters ?? (filter === 'legacy-browsers' && active === true ? ['ie'] : (active ?? false));
  settings.filters = settings.filters.map((one) =>
    one.id === filter ? { ...one, active: Array.isArray(value) && value.length === 0 ? false : value } : one,
  );
  return NOTHING;
}

function changeQuotas({ body, story: { settings } }: Ask): Answer {
  const quotas = quotaListSchema.safeParse(body);
  if (!quotas.success) return refuseFields(quotas.error);
  settings.quotas = quotas.data;
  return { status: 200, body: quotas.data };
}

function makeKey({ body, story: { settings } }: Ask): Answer {
  const { name = 'Default' } = projectKeyRequestSchema.parse(body);
  const key = { ...keyOf('web'), id: '20', name, label: name };
  settings.keys.push(key);
  return answer(projectKeySchema, key, 201);
}

function changeKey({ body, story: { settings } }: Ask, id: string): Answer {
  const { name, isActive, rateLimit } = projectKeyRequestSchema.parse(body);
  const key = settings.keys.find((one) => one.id === id);
  if (key === undefined) return refuse(404, 'The requested resource does not exist');
  const changed = {
    ...key,
    name: name ?? key.name,
    isActive: isActive ?? key.isActive,
    rateLimit: rateLimit === undefined ? key.rateLimit : rateLimit,
  };
  settings.keys = settings.keys.map((one) => (one.id === id ? changed : one));
  return answer(projectKeySchema, changed);
}

/** As if the one thing to hide were the password. */
function tryRules({ body }: Ask): Answer {
  const { event } = scrubbingTrialSchema.parse(body);
  const extra = { ...(event.extra as object), password: '[Filtered]' };
  const _meta = { extra: { password: { '': { rem: [['@password:filter', 's', 0, 10]], len: 7 } } } };
  return answer(scrubbedEventSchema, { event: { ...event, extra, level: 'error', _meta } });
}

/** The settings of `web`, which is also found by its id and, once it is renamed, by `shop`. */
export const SETTINGS_ROUTES: readonly FixtureRoute[] = [
  ['GET', new RegExp(`^${WEB}/$`), ({ story }) => answer(projectDetailSchema, story.settings.project)],
  ['PUT', new RegExp(`^${WEB}/$`), changeProject],
  ['DELETE', new RegExp(`^${WEB}/$`), () => NOTHING],
  [
    'GET',
    new RegExp(`^${WEB}/keys/$`),
    ({ url, story: { settings } }) => {
      const offset = Number(url.searchParams.get('cursor')?.split(':')[1] ?? 0);
      const hasMore = settings.keys.length > offset + PAGE;
      const link = `<${url.href}>; rel="next"; results="${hasMore}"; cursor="0:${offset + PAGE}:0"`;
      const page = settings.keys.slice(offset, offset + PAGE);
      return { ...answer(z.array(projectKeySchema), page), headers: { link } };
    },
  ],
  ['POST', new RegExp(`^${WEB}/keys/$`), makeKey],
  ['PUT', new RegExp(`^${WEB}/keys/([0-9]+)/$`), changeKey],
  [
    'DELETE',
    new RegExp(`^${WEB}/keys/([0-9]+)/$`),
    ({ story: { settings } }, id) => {
      settings.keys = settings.keys.filter((key) => key.id !== id);
      return NOTHING;
    },
  ],
  [
    'GET',
    new RegExp(`^${WEB}/filters/$`),
    ({ story }) => answer(z.array(projectFilterSchema), story.settings.filters),
  ],
  ['PUT', new RegExp(`^${WEB}/filters/([a-z-]+)/$`), (ask, id = '') => switchFilter(ask, id)],
  ['GET', new RegExp(`^${WEB}/quotas/$`), ({ story }) => ({ status: 200, body: story.settings.quotas })],
  ['PUT', new RegExp(`^${WEB}/quotas/$`), changeQuotas],
  [
    'GET',
    new RegExp(`^${WEB}/tombstones/$`),
    ({ story }) => answer(z.array(tombstoneSchema), story.settings.tombstones),
  ],
  [
    'DELETE',
    new RegExp(`^${WEB}/tombstones/[0-9]+/$`),
    ({ story }) => {
      story.settings.tombstones = [];
      return NOTHING;
    },
  ],
  ['POST', new RegExp(`^${WEB}/scrubbing/try/$`), tryRules],
  ['PUT', new RegExp(`^${WEB}/issues/$`), () => NOTHING],
];

/** Sums of what was filtered: the question of the settings, not that of the outcomes. */
export function filteredAnswer(url: URL): Answer | undefined {
  return url.searchParams.get('outcome') === 'filtered' ? answer(statsSchema, filteredStats()) : undefined;
}
