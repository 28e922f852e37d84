import { type Stats, statsSchema } from '@culprit/api';
import { z } from 'zod';
import { type Route, route } from '../access/route.ts';
import { LONGEST_PERIOD_MS, periodOf, type Span, timeOf } from '../periods.ts';
import { selectProjects } from '../project-selection.ts';
import { type OutcomeRow, outcomeSeries } from '../queries/outcomes.ts';
import { badField } from '../refusal.ts';
import { listParam, textParam } from './query-schemas.ts';

const GROUPS = ['outcome', 'reason', 'category', 'project', 'release'] as const;
type Group = (typeof GROUPS)[number];
const FIELD = 'sum(quantity)';
const MOST_INTERVALS = 1_500;
/** Numbers of one answer: groups times intervals. Reasons are made up by senders. */
const MOST_NUMBERS = 1_000_000;

const statsQuery = z.object({
  field: listParam,
  groupBy: listParam,
  interval: textParam,
  statsPeriod: textParam,
  start: textParam,
  end: textParam,
  project: listParam,
  category: listParam,
  outcome: listParam,
  reason: listParam,
});
type StatsQuery = z.output<typeof statsQuery>;

function groupsOf(named: readonly string[]): readonly Group[] {
  return named.map((name) => {
    const group = GROUPS.find((known) => known === name);
    if (group === undefined) throw badField('groupBy', `must be of ${GROUPS.join(', ')}`);
    return group;
  });
}

/** The period until now, or from `start` to `end`. Times are ISO 8601; without a zone they are UTC. */
function boundsOf(query: StatsQuery, now: number): { readonly from: number; readonly to: number } {
  if (!query.start && !query.end) return { from: now - periodOf(query.statsPeriod || '24h'), to: now + 1 };
  if (query.statsPeriod) throw badField('statsPeriod', 'does not go with start and end');
  const from = timeOf('start', query.start ?? '');
  const to = Math.min(now + 1, timeOf('end', query.end ?? ''));
  if (from >= to) throw badField('start', 'must be before end');
  return { from: Math.max(from, to - LONGEST_PERIOD_MS), to };
}

/** Whole intervals; those that the period begins and ends in count, too: the last hour at 13:00:05 is more than five seconds. */
function spanOfQuery(query: StatsQuery, now: number): Span {
  const { from, to } = boundsOf(query, now);
  const interval = Math.max(60, Math.floor(periodOf(query.interval || '1h', 'interval') / 60_000) * 60);
  if ((to - from) / 1_000 / interval > MOST_INTERVALS) {
    throw badField('interval', 'is too short for this period');
  }
  const step = interval * 1_000;
  return { from: Math.floor(from / step) * step, to, interval };
}

function byOf(groups: readonly Group[], row: OutcomeRow): Record<string, string | number> {
  return Object.fromEntries(
    groups.map((group) => [group, group === 'project' ? row.project : row[`by_${group}`]]),
  );
}

/** Sums per group and interval. */
function showStats(span: Span, groups: readonly Group[], rows: readonly OutcomeRow[]): Stats {
  const step = span.interval * 1_000;
  const intervals = Array.from(
    { length: Math.ceil((span.to - span.from) / step) },
    (_, i) => span.from + i * step,
  );
  const sums = new Map<string, { by: Record<string, string | number>; series: number[] }>();
  for (const row of rows) {
    const by = byOf(groups, row);
    const key = JSON.stringify(by);
    const sum = sums.get(key) ?? { by, series: intervals.map(() => 0) };
    sums.set(key, sum);
    if (sums.size * intervals.length > MOST_NUMBERS) {
      throw badField('interval', 'is too short for so many groups');
    }
    const at = (row.start * 1_000 - span.from) / step;
    const before = sum.series[at];
    if (before !== undefined) sum.series[at] = before + row.items;
  }
  return {
    start: new Date(span.from).toISOString(),
    end: new Date(span.to - 1).toISOString(),
    intervals: intervals.map((at) => new Date(at).toISOString()),
    groups: [...sums.values()].map(({ by, series }) => ({
      by,
      totals: { [FIELD]: series.reduce((total, items) => total + items, 0) },
      series: { [FIELD]: series },
    })),
  };
}

export const statsRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/stats_v2/',
    summary: 'Count what happened to items, by outcome, reason and category',
    answers: { 200: statsSchema },
    access: { tenant: 'organization', scope: ['org:read'], role: 'support' },
    query: statsQuery,
    handle: async ({ context, tenant, query }): Promise<Stats> => {
      if (query.field.length !== 1 || query.field[0] !== FIELD) throw badField('field', `must be ${FIELD}`);
      const groups = groupsOf(query.groupBy);
      const span = spanOfQuery(query, context.clock.now());
      const projects = (await selectProjects(context, tenant.organization.id, query.project)).map(
        ({ id }) => id,
      );
      const flagOf = (group: Group): 0 | 1 => (groups.includes(group) ? 1 : 0);
      const rows =
        projects.length === 0
          ? []
          : await context.clickhouse.query(outcomeSeries, {
              projects,
              ...span,
              outcomes: query.outcome,
              reasons: query.reason,
              categories: query.category,
              byProject: flagOf('project'),
              byOutcome: flagOf('outcome'),
              byReason: flagOf('reason'),
              byCategory: flagOf('category'),
              byRelease: flagOf('release'),
            });
      return showStats(span, groups, rows);
    },
  }),
];
