import type { DeployReference, Stats } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { outcomesQuery, timelineQuery } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { textOf, useScope } from '../../app/scope.ts';
import { counted, formatCount, formatExactShare } from '../../format/numbers.ts';
import { formatInterval, formatPeriod, periodMsOf } from '../../format/times.ts';
import { Page } from '../../shell/page.tsx';
import { Empty } from '../../ui/empty.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { FailureNote } from '../../ui/note.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import {
  INTERVAL_SECONDS,
  type ItemKind,
  intervalOf,
  isReceived,
  layersByOutcome,
  layersByReason,
  type Tally,
  talliesOf,
} from './outcomes.ts';
import { ReasonList, Sum } from './reason-list.tsx';
import { wordsOf } from './reason-words.ts';
import { LayersTable, Legend, StackedChart } from './stacked-chart.tsx';

const KINDS: readonly (readonly [ItemKind, string])[] = [
  ['all', 'All'],
  ['errors', 'Errors'],
  ['sessions', 'Sessions'],
  ['attachments', 'Attachments'],
];
const VIEWS = [
  ['outcome', 'By outcome'],
  ['reason', 'By reason'],
] as const;

const sumOf = (tallies: readonly Tally[]): number => tallies.reduce((sum, { total }) => sum + total, 0);

/** The answer in a sentence, and what is most worth a look. */
function Finding({ received, period }: { received: readonly Tally[]; period: string }) {
  const total = sumOf(received);
  const accepted = sumOf(received.filter(({ outcome }) => outcome === 'accepted'));
  const [worst] = received.filter(({ outcome }) => outcome !== 'accepted');
  return (
    <div className="head">
      <div>
        <h1>{formatExactShare(accepted / total)} of what we received was kept</h1>
        <p className="find">
          Of <b>{formatCount(total)}</b> {total === 1 ? 'item' : 'items'} in {formatPeriod(period)},{' '}
          <b>{formatCount(accepted)}</b> {accepted === 1 ? 'was' : 'were'} accepted.
          {worst !== undefined && (
            <>
              {' '}
              The main reason for the rest:{' '}
              <b>
                <bdi>{wordsOf(worst).title}</bdi>
              </b>
              , {formatCount(worst.total)}.
            </>
          )}
        </p>
      </div>
    </div>
  );
}

function useChoices() {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const kind = KINDS.find(([name]) => name === textOf(search, 'items'))?.[0] ?? 'all';
  const view = VIEWS.find(([name]) => name === textOf(search, 'by'))?.[0] ?? 'outcome';
  const set = (part: { items?: string; by?: string }): void =>
    void navigate({ to: '.', search: (before) => ({ ...before, ...part }), replace: true });
  return { kind, view, set };
}

const NO_DEPLOYS: readonly DeployReference[] = [];

function Story({
  stats,
  deploys,
  period,
  seconds,
}: {
  stats: Stats;
  deploys: readonly DeployReference[];
  period: string;
  seconds: number;
}) {
  const { kind, view, set } = useChoices();
  const tallies = talliesOf(stats, kind);
  const received = tallies.filter(isReceived);
  const neverSent = tallies.filter((tally) => !isReceived(tally));
  const refused = received.filter(({ outcome }) => outcome !== 'accepted');
  const starts = stats.intervals.map((text) => Date.parse(text));
  const span = { start: starts[0] ?? 0, end: (starts.at(-1) ?? 0) + seconds * 1_000 };
  const layers =
    view === 'outcome'
      ? layersByOutcome(received)
      : layersByReason(received, (tally) => wordsOf(tally).title);
  return (
    <>
      {received.length > 0 ? (
        <Finding received={received} period={period} />
      ) : (
        <Empty isPage title="Nothing arrived in this time">
          <p>Neither kept nor turned away. A longer period may have something.</p>
        </Empty>
      )}
      <section className="sec" aria-labelledby="h-received">
        <header>
          <h2 id="h-received">Received per {formatInterval(seconds)}</h2>
          <span className="ctl">
            <Segmented label="Items" choices={KINDS} chosen={kind} onChoose={(items) => set({ items })} />
            <Segmented label="Colours" choices={VIEWS} chosen={view} onChoose={(by) => set({ by })} />
          </span>
        </header>
        <StackedChart
          layers={layers}
          starts={starts}
          seconds={seconds}
          span={span}
          deploys={deploys}
          title={`Items received per ${formatInterval(seconds)}: ${layers
            .map(({ word, total }) => `${formatCount(total)} ${word}`)
            .join(', ')}`}
        />
        <Legend layers={layers} />
        {layers.length > 0 && (
          <LayersTable layers={layers} starts={starts} seconds={seconds} now={span.end} />
        )}
      </section>
      {received.length > 0 && <Sum tallies={received} />}
      {refused.length > 0 && (
        <section className="sec" aria-labelledby="h-why">
          <header>
            <h2 id="h-why">Why items were not kept</h2>
            <span className="n">
              {formatCount(sumOf(refused))} in {formatPeriod(period)}
            </span>
          </header>
          <ReasonList tallies={refused} received={sumOf(received)} layers={layers} />
        </section>
      )}
      {neverSent.length > 0 && (
        <section className="sec" aria-labelledby="h-never">
          <header>
            <h2 id="h-never">Never sent</h2>
            <span className="n">
              {counted(sumOf(neverSent), 'item', 'items')}, as the SDKs themselves report
            </span>
          </header>
          <ReasonList tallies={neverSent} />
        </section>
      )}
    </>
  );
}

/** What happened to my events: what arrived, what was kept of it, and why not the rest. */
export function OutcomesPage() {
  const { api } = useApp();
  const { org, scope } = useScope();
  const interval = intervalOf(periodMsOf(scope.statsPeriod));
  const { data, error, refetch } = useQuery(outcomesQuery(api, org, scope, interval));
  const timeline = useQuery(timelineQuery(api, org, { ...scope, environment: undefined }));
  return (
    <Page title="Outcomes" trail={[['Outcomes', undefined]]} scope={['project', 'period']}>
      {error !== null && <FailureNote what="Outcomes" error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && (
        <>
          <h1>What happened to my events</h1>
          <LoadingRows what="outcomes" />
        </>
      )}
      {data !== undefined && (
        <Story
          stats={data}
          deploys={timeline.data?.deploys ?? NO_DEPLOYS}
          period={scope.statsPeriod}
          seconds={INTERVAL_SECONDS[interval]}
        />
      )}
    </Page>
  );
}
