import { type Sessions, sessionsSchema } from '@culprit/api';
import { z } from 'zod';
import { type Call, type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { LONGEST_PERIOD_MS, periodOf, timeOf } from '../periods.ts';
import { selectProjects } from '../project-selection.ts';
import { type SessionCounts, sessionSeries, sessionTotals } from '../queries/sessions.ts';
import { badField } from '../refusal.ts';
import { crashFreeRate, type SessionStatus, sessionsByStatus, usersByStatus } from '../session-numbers.ts';
import { listParam, textParam } from './query-schemas.ts';

const sessionsQuery = z.object({
  field: listParam,
  groupBy: listParam,
  interval: textParam,
  statsPeriod: textParam,
  start: textParam,
  end: textParam,
  project: listParam,
  environment: listParam,
  query: textParam,
  per_page: textParam,
});
type SessionsQuery = z.output<typeof sessionsQuery>;

type Value = number | null;
/** What a group shows, of one status or of all (undefined). */
type Field = (counts: SessionCounts, status: SessionStatus | undefined) => Value;

/** A rate is of all sessions, never of those that ended in one way. */
const rate =
  (of: 'session' | 'user', isCrashFree: boolean): Field =>
  (counts, status) => {
    const free = status === undefined ? crashFreeRate(counts, of) : null;
    return free === null || isCrashFree ? free : 1 - free;
  };

const FIELDS: Readonly<Record<string, Field>> = {
  'sum(session)': (counts, status) =>
    status === undefined ? counts.sessions : sessionsByStatus(counts)[status],
  'count_unique(user)': (counts, status) =>
    status === undefined ? counts.all_users : usersByStatus(counts)[status],
  'crash_free_rate(session)': rate('session', true),
  'crash_free_rate(user)': rate('user', true),
  'crash_rate(session)': rate('session', false),
  'crash_rate(user)': rate('user', false),
};

const GROUPS = ['project', 'release', 'environment', 'session.status'] as const;
type Group = (typeof GROUPS)[number];
const STATUSES = ['healthy', 'errored', 'crashed', 'abnormal'] as const;

const MOST_INTERVALS = 1_000;
/** Groups times intervals are rows of one answer. */
const MOST_GROUPS = 100;
const HOUR_MS = 3_600_000;

interface Window {
  /** Unix milliseconds at the start of an interval. */
  readonly from: number;
  readonly to: number;
  /** Seconds. */
  readonly interval: number;
}

function windowOf(query: SessionsQuery, now: number): Window {
  const interval = Math.max(60, Math.floor(periodOf(query.interval || '1h', 'interval') / 60_000) * 60);
  const step = interval * 1_000;
  const end = query.end ? timeOf('end', query.end) : now + 1;
  const start = query.start ? timeOf('start', query.start) : end - periodOf(query.statsPeriod || '24h');
  if (start >= end) throw badField('end', 'must be after start');
  if (end - start > LONGEST_PERIOD_MS + HOUR_MS)
    throw badField('start', 'must be at most 90 days before end');
  const from = Math.floor(start / step) * step;
  const to = Math.ceil(end / step) * step;
  if ((to - from) / step > MOST_INTERVALS) throw badField('interval', 'is too short for this period');
  return { from: Math.max(0, from), to: Math.max(step, to), interval };
}

/** Bounds the releases as well: each takes ten characters. */
const LONGEST_QUERY = 10_000;

/** Only `release:<version>`; several are one or the other. @throws Refusal 400 */
function releasesOf(text: string): readonly string[] {
  if (text.length > LONGEST_QUERY)
    throw badField('query', `must not be longer than ${LONGEST_QUERY} characters`);
  const terms = text.match(/(?:[^\s"]|"[^"]*")+|"/g) ?? [];
  return terms.map((term) => {
    const [, plain, quoted] = /^release:(?:([^"]{1,250})|"([^"]{1,250})")$/.exec(term) ?? [];
    const release = plain ?? quoted;
    if (release === undefined) throw badField('query', 'can only say release:<version>');
    return release;
  });
}

function namedOf<T extends string>(
  field: string,
  names: readonly string[],
  known: readonly T[],
): readonly T[] {
  return names.map((name) => {
    const found = known.find((one) => one === name);
    if (found === undefined) throw badField(field, `must be of ${known.join(', ')}`);
    return found;
  });
}

function limitOf(text: string | undefined): number {
  const limit = text === undefined || text === '' ? MOST_GROUPS : Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw badField('per_page', 'must be a whole number');
  return Math.min(limit, MOST_GROUPS);
}

interface GroupRow extends SessionCounts {
  readonly project: number;
  readonly release_name: string;
  readonly environment_name: string;
}

const NOTHING: SessionCounts = {
  sessions: 0,
  all_errored: 0,
  all_crashed: 0,
  all_abnormal: 0,
  all_unhandled: 0,
  all_users: 0,
  users_errored: 0,
  users_crashed: 0,
  users_abnormal: 0,
  users_unhandled: 0,
};

const NOWHERE = { project: 0, release_name: '', environment_name: '' };

function keyOf(row: GroupRow): string {
  return JSON.stringify([row.project, row.release_name, row.environment_name]);
}

function byOf(row: GroupRow, groups: readonly Group[]): Record<string, string | number> {
  const by: Record<string, string | number> = {};
  if (groups.includes('project')) by.project = row.project;
  if (groups.includes('release')) by.release = row.release_name;
  if (groups.includes('environment')) by.environment = row.environment_name;
  return by;
}

/** What is shown of a group: itself, or one entry per status. `unhandled` is not of the four that clients know, and only there where it is. */
function statusesOf(row: GroupRow, groups: readonly Group[]): readonly (SessionStatus | undefined)[] {
  if (!groups.includes('session.status')) return [undefined];
  const hasUnhandled = row.all_unhandled > 0 || row.users_unhandled > 0;
  return hasUnhandled ? [...STATUSES, 'unhandled'] : STATUSES;
}

interface Asked {
  readonly projects: readonly number[];
  readonly query: SessionsQuery;
  readonly groups: readonly Group[];
  readonly window: Window;
}

type GroupCounts = GroupRow & { readonly at: (start: number) => SessionCounts };

/** Counts of each group, over the whole window and by interval. */
async function readGroups(
  { projects, query, groups, window }: Asked,
  { clickhouse }: WebContext,
): Promise<readonly GroupCounts[]> {
  if (projects.length === 0) return [];
  const flagOf = (group: Group): 0 | 1 => (groups.includes(group) ? 1 : 0);
  const asked = {
    projects: [...projects],
    environments: query.environment,
    releases: [...releasesOf(query.query ?? '')],
    from: window.from,
    to: window.to,
    byProject: flagOf('project'),
    byRelease: flagOf('release'),
    byEnvironment: flagOf('environment'),
  };
  const totals = await clickhouse.query(sessionTotals, { ...asked, limit: limitOf(query.per_page) });
  if (totals.length === 0) {
    // Without a group there is one, of nothing.
    const isWhole = groups.every((group) => group === 'session.status');
    return isWhole ? [{ ...NOWHERE, ...NOTHING, at: () => NOTHING }] : [];
  }
  const series = await clickhouse.query(sessionSeries, {
    ...asked,
    interval: window.interval,
    groupProjects: totals.map((row) => row.project),
    groupReleases: totals.map((row) => row.release_name),
    groupEnvironments: totals.map((row) => row.environment_name),
  });
  const byStart = new Map(series.map((row) => [`${keyOf(row)} ${row.start * 1_000}`, row]));
  return totals.map((row) => ({ ...row, at: (start) => byStart.get(`${keyOf(row)} ${start}`) ?? NOTHING }));
}

async function readSessions({
  context,
  tenant,
  query,
}: Call<'organization', SessionsQuery, undefined>): Promise<Sessions> {
  const fields = namedOf('field', query.field, Object.keys(FIELDS));
  if (fields.length === 0) throw badField('field', `must be of ${Object.keys(FIELDS).join(', ')}`);
  const groups = namedOf('groupBy', query.groupBy, GROUPS);
  const window = windowOf(query, context.clock.now());
  const step = window.interval * 1_000;
  const starts = Array.from({ length: (window.to - window.from) / step }, (_, i) => window.from + i * step);
  const projects = (await selectProjects(context, tenant.organization.id, query.project)).map(({ id }) => id);
  const counted = await readGroups({ projects, query, groups, window }, context);
  return {
    start: new Date(window.from).toISOString(),
    end: new Date(window.to).toISOString(),
    query: query.query ?? '',
    intervals: starts.map((at) => new Date(at).toISOString()),
    groups: counted.flatMap((row) =>
      statusesOf(row, groups).map((status) => ({
        by: { ...byOf(row, groups), ...(status === undefined ? {} : { 'session.status': status }) },
        totals: Object.fromEntries(fields.map((name) => [name, fieldOf(name, row, status)])),
        series: Object.fromEntries(
          fields.map((name) => [name, starts.map((start) => fieldOf(name, row.at(start), status))]),
        ),
      })),
    ),
  };
}

function fieldOf(name: string, counts: SessionCounts, status: SessionStatus | undefined): Value {
  return FIELDS[name]?.(counts, status) ?? null;
}

export const sessionRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/sessions/',
    summary: 'Count sessions and people by release, project, environment and how sessions ended',
    answers: { 200: sessionsSchema },
    access: { tenant: 'organization', scope: ['org:read', 'project:read'], role: 'support' },
    query: sessionsQuery,
    handle: readSessions,
  }),
];
