import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ApiError } from '../../api/api-error.ts';
import {
  arrivalsQuery,
  deploysQuery,
  type IssueListFilter,
  issueListQuery,
  type Scope,
  timelineQuery,
} from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { useScope } from '../../app/scope.ts';
import { counted } from '../../format/numbers.ts';
import { formatInterval, formatPeriod } from '../../format/times.ts';
import { Page, useSetScope } from '../../shell/page.tsx';
import { CameLegend, cameText } from '../../ui/chart/came.tsx';
import { EventChart } from '../../ui/chart/event-chart.tsx';
import { Empty } from '../../ui/empty.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { FailureNote } from '../../ui/note.tsx';
import { FreshEvents } from './fresh-events.tsx';
import { Headline } from './headline.tsx';
import { useRememberOrder } from './issue-order.ts';
import { IssueSearch } from './issue-search.tsx';
import { IssueStream, SORTS } from './issue-stream.tsx';
import { termsOf, type View, viewOf, withView } from './search-terms.ts';

const VIEWS: readonly (readonly [View, string])[] = [
  ['unresolved', 'Unresolved'],
  ['resolved', 'Resolved'],
  ['ignored', 'Ignored'],
  ['all', 'All'],
];
const DEFAULT_QUERY = 'is:unresolved';

function useFilter(scope: Scope): IssueListFilter {
  const { query, sort } = useSearch({ strict: false });
  return { ...scope, query: query ?? DEFAULT_QUERY, sort: SORTS.find(([key]) => key === sort)?.[0] ?? 'new' };
}

function Views({ org, query }: { org: string; query: string }) {
  const current = viewOf(query);
  return (
    <nav className="tabs" aria-label="Views">
      {VIEWS.map(([view, word]) => (
        <Link
          key={view}
          to="/organizations/$org/issues"
          params={{ org }}
          search={(before) => ({ ...before, query: withView(query, view) })}
          aria-current={view === current ? 'page' : undefined}
        >
          {word}
        </Link>
      ))}
    </nav>
  );
}

function Strip({ org, scope }: { org: string; scope: Scope }) {
  const { api } = useApp();
  const timeline = useQuery(timelineQuery(api, org, scope));
  if (timeline.isError) {
    return <FailureNote what="The chart" error={timeline.error} onRetry={() => void timeline.refetch()} />;
  }
  if (timeline.data === undefined) return <div className="strip chart-stand" />;
  const { points, deploys, interval } = timeline.data;
  const total = points.reduce((sum, [, count]) => sum + count, 0);
  const title = `${counted(total, 'event', 'events')}${cameText(timeline.data)} in the last ${formatPeriod(scope.statsPeriod)}, ${counted(deploys.length, 'deploy', 'deploys')}`;
  return (
    <div className="strip">
      <EventChart series={timeline.data} title={title} height={64} />
      <p className="legend">
        <span>
          <i className="k-calm" />
          <span className="t">Events per {formatInterval(interval)}</span>
        </span>
        <CameLegend series={timeline.data} />
        {deploys.length > 0 && (
          <span className="push hide-s">
            <i className="pen k-none" />
            <span className="t">Deploy</span>
          </span>
        )}
      </p>
    </div>
  );
}

function NothingFound({ filter, onSearch }: { filter: IssueListFilter; onSearch: (query: string) => void }) {
  const setScope = useSetScope();
  const terms = termsOf(filter.query);
  const narrowest = terms.findLast((term) => !term.startsWith('is:'));
  const where = filter.project ?? 'any project';
  return (
    <Empty
      title={
        narrowest === undefined
          ? `No ${viewOf(filter.query) === 'all' ? '' : `${viewOf(filter.query)} `}issue in ${where}`
          : 'No issue fits this search'
      }
      actions={
        <>
          {narrowest !== undefined && (
            <button
              className="btn"
              type="button"
              onClick={() => onSearch(terms.filter((term) => term !== narrowest).join(' '))}
            >
              Drop <span className="mono">{narrowest}</span>
            </button>
          )}
          {filter.statsPeriod !== '90d' && (
            <button className="btn" type="button" onClick={() => setScope({ statsPeriod: '90d' })}>
              Look at 90 days
            </button>
          )}
        </>
      }
    >
      <p>
        Issues with an event in the last {formatPeriod(filter.statsPeriod)}
        {filter.environment === undefined ? '' : ` in ${filter.environment}`} are looked at.
      </p>
    </Empty>
  );
}

function Results({
  org,
  filter,
  onSearch,
}: {
  org: string;
  filter: IssueListFilter;
  onSearch: (q: string) => void;
}) {
  const { api } = useApp();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const list = useInfiniteQuery(issueListQuery(api, org, filter));
  const { data: deploys = [] } = useQuery(deploysQuery(api, org));
  const issues = list.data?.pages.flatMap(({ items }) => items) ?? [];
  useRememberOrder(org, issues);
  const showFresh = (): void => {
    void list.refetch();
    void queryClient.invalidateQueries({ queryKey: arrivalsQuery(api, org, filter).queryKey });
  };
  if (list.isError && list.data === undefined) {
    if (list.error instanceof ApiError && list.error.status === 400) return null;
    return <FailureNote what="The issues" error={list.error} onRetry={() => void list.refetch()} />;
  }
  if (list.data === undefined) return <LoadingRows what="issues" />;
  if (issues.length === 0) return <NothingFound filter={filter} onSearch={onSearch} />;
  return (
    <>
      <IssueStream
        org={org}
        filter={filter}
        issues={issues}
        deploys={deploys}
        hasMore={list.hasNextPage}
        fresh={<FreshEvents org={org} filter={filter} shown={issues} onShow={showFresh} />}
        onSort={(sort) =>
          void navigate({ to: '.', search: (before) => ({ ...before, sort }), replace: true })
        }
      />
      <MoreButton list={list} />
    </>
  );
}

/** Is something new wrong, and which deploy did it? */
export function IssuesPage() {
  const { api } = useApp();
  const { org, scope } = useScope();
  const navigate = useNavigate();
  const filter = useFilter(scope);
  const { error } = useInfiniteQuery(issueListQuery(api, org, filter));
  const refusal = error instanceof ApiError && error.status === 400 ? error.message : undefined;
  const search = (query: string): void =>
    void navigate({ to: '.', search: (before) => ({ ...before, query }) });
  return (
    <Page title="Issues" trail={[['Issues', undefined]]} scope={['project', 'environment', 'period']}>
      <h1 className="vh">Issues</h1>
      <Headline org={org} scope={scope} />
      <Views org={org} query={filter.query} />
      <div className="search-row">
        <IssueSearch query={filter.query} refusal={refusal} onSearch={search} />
      </div>
      <Strip org={org} scope={scope} />
      <Results org={org} filter={filter} onSearch={search} />
    </Page>
  );
}
