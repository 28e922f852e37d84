import type { EventDetail, IssueDetail } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { ApiError } from '../../api/api-error.ts';
import { eventQuery, issueQuery, issueSeriesQuery, type Scope } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { NotFound } from '../../app/not-found.tsx';
import { useScope } from '../../app/scope.ts';
import { counted } from '../../format/numbers.ts';
import { formatPeriod } from '../../format/times.ts';
import { useShortcuts } from '../../keyboard/use-shortcuts.ts';
import { Page, useSetScope } from '../../shell/page.tsx';
import { CameLegend, cameText } from '../../ui/chart/came.tsx';
import { EventChart } from '../../ui/chart/event-chart.tsx';
import { Icon } from '../../ui/icon.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { FailureNote } from '../../ui/note.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { useNeighbours } from '../issues/issue-order.ts';
import { titleOf } from '../issues/issue-title.ts';
import { Attachments } from './attachments.tsx';
import { Breadcrumbs } from './breadcrumbs.tsx';
import { EventBar } from './event-bar.tsx';
import { EventErrors } from './event-errors.tsx';
import { EventFacts } from './event-facts.tsx';
import { Facts, Finding } from './finding.tsx';
import { IssueActions } from './issue-actions.tsx';
import { issueMarkdown } from './issue-markdown.ts';
import { Side } from './side.tsx';
import { StackTrace } from './stack-trace.tsx';

const PERIODS = ['1h', '6h', '24h', '14d', '90d'] as const;

function Head({ org, issue }: { org: string; issue: IssueDetail }) {
  const [type, value] = titleOf(issue);
  const about = [
    issue.project.slug,
    ...(issue.level === 'error' ? [] : [issue.level]),
    ...(issue.isUnhandled ? ['not handled'] : []),
  ];
  return (
    <div className="head">
      <div>
        <h1 className="wrap">
          <bdi>{value === '' ? type : `${type}: ${value}`}</bdi>
        </h1>
        <p className="under">
          {issue.status !== 'unresolved' && <span className="badge">{issue.status}</span>}
          <span className="mono wrap">
            <bdi>{issue.culprit}</bdi>
          </span>
          <span className="sep hide-s">·</span>
          <span className="hide-s">
            <bdi>{about.join(', ')}</bdi>
          </span>
        </p>
      </div>
      <IssueActions org={org} issue={issue} />
    </div>
  );
}

function Chart({ org, issue, scope }: { org: string; issue: string; scope: Scope }) {
  const { api } = useApp();
  const setScope = useSetScope();
  const { data, error, refetch } = useQuery(issueSeriesQuery(api, org, issue, scope));
  const total = (data?.points ?? []).reduce((sum, [, count]) => sum + count, 0);
  return (
    <section className="sec chart-sec" aria-labelledby="h-chart">
      <header>
        <h2 id="h-chart">Events</h2>
        <span className="ctl">
          <Segmented
            label="Period"
            choices={PERIODS.map((period) => [period, formatPeriod(period)] as const)}
            chosen={scope.statsPeriod as '24h'}
            onChoose={(statsPeriod) => setScope({ statsPeriod })}
          />
        </span>
      </header>
      {error !== null && data === undefined && (
        <FailureNote what="The chart" error={error} onRetry={() => void refetch()} />
      )}
      {data === undefined ? (
        <div className="chart-stand" />
      ) : (
        <>
          <EventChart
            series={data}
            height={112}
            title={`${counted(total, 'event', 'events')}${data.came ? `${cameText(data)},` : ''} of this issue in the last ${formatPeriod(scope.statsPeriod)}`}
          />
          {data.came && (
            <p className="legend">
              <CameLegend series={data} />
            </p>
          )}
        </>
      )}
    </section>
  );
}

function EventBody({
  org,
  issue,
  event,
  which,
}: {
  org: string;
  issue: IssueDetail;
  event: EventDetail;
  which: string;
}) {
  const message = event.entries.find((entry) => entry.type === 'message')?.data.formatted;
  return (
    <>
      <EventBar
        org={org}
        issue={issue.id}
        which={which}
        event={event}
        markdown={issueMarkdown(issue, event)}
      />
      <EventErrors errors={event.errors} />
      {message !== undefined && (
        <section className="sec" aria-labelledby="h-message">
          <header>
            <h2 id="h-message">Message</h2>
          </header>
          <p className="wrap">
            <bdi>{message}</bdi>
          </p>
        </section>
      )}
      <StackTrace key={event.eventID} event={event} />
      <Breadcrumbs key={`crumbs-${event.eventID}`} event={event} title={titleOf(issue)} />
      <Attachments org={org} project={issue.project.slug} event={event.eventID} />
      <EventFacts org={org} event={event} />
    </>
  );
}

function NeighbourButtons({ org, issue }: { org: string; issue: string }) {
  const navigate = useNavigate();
  const neighbours = useNeighbours(org, issue);
  const show = (id: string | undefined): void => {
    if (id !== undefined)
      void navigate({ to: '/organizations/$org/issues/$issue', params: { org, issue: id } });
  };
  useShortcuts([
    { keys: 'j', label: 'Next issue', group: 'Issue', run: () => show(neighbours?.next) },
    { keys: 'k', label: 'Previous issue', group: 'Issue', run: () => show(neighbours?.previous) },
  ]);
  if (neighbours === undefined) return null;
  const { place, of, previous, next } = neighbours;
  return (
    <>
      <span className="q small hide-s">
        {place} of {of}
      </span>
      <IconButton
        icon="left"
        label="Previous issue"
        keys="k"
        className="bare"
        isDisabled={previous === undefined}
        onPress={() => show(previous)}
      />
      <IconButton
        icon="right"
        label="Next issue"
        keys="j"
        className="bare"
        isDisabled={next === undefined}
        onPress={() => show(next)}
      />
    </>
  );
}

function IssueBody({
  org,
  issue,
  which,
  scope,
}: {
  org: string;
  issue: IssueDetail;
  which: string;
  scope: Scope;
}) {
  const { api } = useApp();
  const event = useQuery(eventQuery(api, org, issue.id, which));
  const isGone = event.error instanceof ApiError && event.error.status === 404;
  return (
    <>
      <Head org={org} issue={issue} />
      <Finding issue={issue} />
      <Facts issue={issue} />
      <Chart org={org} issue={issue.id} scope={scope} />
      <div className="cols">
        <div>
          {event.data !== undefined && <EventBody org={org} issue={issue} event={event.data} which={which} />}
          {event.data === undefined && event.error === null && <LoadingRows what="the event" />}
          {event.data === undefined && event.error !== null && (
            <section className="sec">
              {isGone ? (
                <p className="q">
                  <Icon name="info" small /> This event is no longer kept; its counts are.
                </p>
              ) : (
                <FailureNote what="The event" error={event.error} onRetry={() => void event.refetch()} />
              )}
            </section>
          )}
        </div>
        <Side org={org} issue={issue} event={event.data} environment={scope.environment} />
      </div>
    </>
  );
}

/** What broke, since when, for whom. */
export function IssuePage() {
  const { api } = useApp();
  const { org, scope } = useScope();
  const { issue: id = '', event: which = 'latest' } = useParams({ strict: false });
  const { data, error, refetch } = useQuery(issueQuery(api, org, id));
  if (error instanceof ApiError && error.status === 404) return <NotFound />;
  const name = data?.shortId ?? 'Issue';
  return (
    <Page
      title={data === undefined ? 'Issue' : `${titleOf(data)[0]}, ${data.shortId}`}
      trail={[
        ['Issues', 'issues'],
        [name, undefined],
      ]}
      scope={['environment']}
      aside={<NeighbourButtons org={org} issue={id} />}
    >
      {data !== undefined && <IssueBody key={data.id} org={org} issue={data} which={which} scope={scope} />}
      {data === undefined && error === null && <LoadingRows what="the issue" />}
      {data === undefined && error !== null && (
        <FailureNote what="This issue" error={error} onRetry={() => void refetch()} />
      )}
    </Page>
  );
}
