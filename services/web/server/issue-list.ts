import type { Issue, IssueSort } from '@culprit/api';
import type { WebContext } from './context.ts';
import { type Bin, type BinSeries, LONGEST_PERIOD_MS, type Span, seriesOf, spanOf } from './periods.ts';
import { hashesWithEvents, seriesOfHashes } from './queries/issues.ts';
import { hashParam } from './queries/values.ts';
import { badField } from './refusal.ts';
import type { IssueSearch } from './search.ts';
import { loadDeployReferences } from './shapes/deploy.ts';
import { showIssue } from './shapes/issue.ts';
import { type HashKey, keyOf, listHashes } from './store/issue-hashes.ts';
import { type IssueFilter, type IssueRow, listIssues } from './store/issues.ts';

/** Most hashes that a search over events takes into account: those seen last. */
const MOST_HASHES = 10_000;
const MOST_ENVIRONMENTS = 100;

export interface IssueSelection {
  readonly projectIds: readonly number[];
  readonly environments: readonly string[];
  /** Milliseconds; undefined: whenever. */
  readonly periodMs: number | undefined;
  readonly search: IssueSearch;
}

/** What to ask PostgreSQL; what only events know (release, environment, person, tag) is asked of ClickHouse first, as hashes. */
export async function filterOf(context: WebContext, selection: IssueSelection): Promise<IssueFilter> {
  const { search, projectIds, periodMs } = selection;
  return {
    projectIds,
    status: search.status,
    level: search.level,
    firstRelease: search.firstRelease,
    unhandled: search.unhandled,
    words: search.words,
    lastSeenSince: periodMs === undefined ? undefined : new Date(context.clock.now() - periodMs),
    hashes: await hashesOf(context, selection),
  };
}

/** The environments that a list is about: those beside its search and those in it. @throws Refusal 400 for too many. */
export function environmentsOf(beside: readonly string[], search: IssueSearch): readonly string[] {
  const all = [...new Set([...beside, ...search.environments])];
  if (all.length > MOST_ENVIRONMENTS) {
    throw badField('environment', `must not be more than ${MOST_ENVIRONMENTS}, with those of the query`);
  }
  return all;
}

async function hashesOf(
  context: WebContext,
  { search, projectIds, environments, periodMs }: IssueSelection,
): Promise<readonly HashKey[] | undefined> {
  const all = environmentsOf(environments, search);
  const asksEvents =
    all.length > 0 || search.releases.length > 0 || search.identities.length > 0 || search.tags.length > 0;
  if (!asksEvents || projectIds.length === 0) return undefined;
  const rows = await context.clickhouse.query(hashesWithEvents, {
    projects: [...projectIds],
    environments: [...all],
    releases: [...search.releases],
    identities: [...search.identities],
    keys: search.tags.map(([key]) => key),
    values: search.tags.map(([, value]) => value),
    from: context.clock.now() - (periodMs ?? LONGEST_PERIOD_MS),
    limit: MOST_HASHES,
  });
  return rows.map((row) => ({ projectId: row.project_id, hash: row.hash }));
}

/** One row more than the page, to know of the next. */
export async function readIssuePage(
  context: WebContext,
  selection: IssueSelection,
  page: {
    readonly sort: IssueSort;
    readonly limit: number;
    readonly after?: { key: string; id: string } | undefined;
  },
): Promise<readonly IssueRow[]> {
  if (selection.projectIds.length === 0) return [];
  const filter = await filterOf(context, selection);
  return listIssues(context.database, filter, { ...page, limit: page.limit + 1 });
}

/** Per hour for a day, per day for a fortnight: the two that clients know by name. */
export const STAT_PERIODS = {
  '24h': { periodMs: 86_400_000, interval: 3_600 },
  '14d': { periodMs: 14 * 86_400_000, interval: 86_400 },
} as const;
export type StatPeriod = keyof typeof STAT_PERIODS;

/** Issues for an answer, with sparklines and deploys: two queries however many issues. */
export async function showIssues(
  context: WebContext,
  organizationId: string,
  rows: readonly IssueRow[],
  periods: readonly StatPeriod[],
  environments: readonly string[] = [],
): Promise<Issue[]> {
  if (rows.length === 0) return [];
  const deployIds = rows.flatMap((row) => [row.first_deploy_id, row.last_deploy_id]);
  const [deploys, hashes] = await Promise.all([
    loadDeployReferences(context.database, organizationId, deployIds),
    periods.length === 0
      ? []
      : listHashes(
          context.database,
          rows.map((row) => row.id),
        ),
  ]);
  const issueOfHash = new Map(hashes.map((hash) => [keyOf(hash), hash.issueId]));
  const series = await Promise.all(
    periods.map(async (period) => {
      const { periodMs, interval } = STAT_PERIODS[period];
      const span = spanOf(context.clock.now(), periodMs, interval);
      return [period, await issueSeries(context, rows, issueOfHash, span, environments)] as const;
    }),
  );
  return rows.map((row) =>
    showIssue(row, {
      publicUrl: context.publicUrl,
      deploys,
      // Counts of what is stored, as all numbers of a list are.
      stats: Object.fromEntries(series.map(([period, counted]) => [period, counted.get(row.id)?.points])),
    }),
  );
}

/** What each issue had over a span. */
export async function issueSeries(
  context: WebContext,
  rows: readonly Pick<IssueRow, 'id' | 'project_id'>[],
  issueOfHash: ReadonlyMap<string, string>,
  span: Span,
  environments: readonly string[],
): Promise<ReadonlyMap<string, BinSeries>> {
  const hashes = [...new Set([...issueOfHash.keys()].map((key) => key.slice(key.indexOf(':') + 1)))];
  const counted =
    hashes.length === 0
      ? []
      : await context.clickhouse.query(seriesOfHashes, {
          projects: [...new Set(rows.map((row) => row.project_id))],
          hashes: hashes.map(hashParam),
          environments: [...environments],
          from: span.from,
          interval: span.interval,
        });
  const byIssue = new Map<string, Map<number, Bin>>(rows.map((row) => [row.id, new Map()]));
  for (const { project_id, hash, start, events, came } of counted) {
    const issue = issueOfHash.get(keyOf({ projectId: project_id, hash }));
    const bins = issue === undefined ? undefined : byIssue.get(issue);
    const before = bins?.get(start) ?? { events: 0, came: 0 };
    bins?.set(start, { events: before.events + events, came: before.came + came });
  }
  return new Map([...byIssue].map(([id, bins]) => [id, seriesOf(span, bins)]));
}
