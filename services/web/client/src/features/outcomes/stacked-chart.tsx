import type { DeployReference } from '@culprit/api';
import { usePreferences } from '../../app/app-context.tsx';
import type { Zone } from '../../app/preferences.ts';
import { formatCount, formatTick } from '../../format/numbers.ts';
import { formatClock, formatDate, formatWhen } from '../../format/times.ts';
import { BinCursor } from '../../ui/chart/bin-cursor.tsx';
import { DeployMarks, TimeAxis } from '../../ui/chart/event-chart.tsx';
import { heightScaleOf, stackPaths, type TimeSpan } from '../../ui/chart/scale.ts';
import { ScaleLines } from '../../ui/chart/scale-lines.tsx';
import { useWidth } from '../../ui/chart/use-width.ts';
import type { Layer } from './outcomes.ts';

const BOX = { width: 1_000, height: 100 };

/** What a bin is called. Days are those of UTC, as the server counts them. */
export function binName(start: number, seconds: number, now: number, zone: Zone): string {
  if (seconds >= 86_400) return formatDate(start, now, 'UTC');
  return `${formatWhen(start, now, zone)} to ${formatClock(start + seconds * 1_000, zone)}`;
}

/** Items per interval, one layer on the other. */
export function StackedChart({
  layers,
  starts,
  seconds,
  span,
  deploys,
  title,
}: {
  layers: readonly Layer[];
  /** Where the intervals begin; Unix milliseconds. */
  starts: readonly number[];
  /** Length of an interval. */
  seconds: number;
  span: TimeSpan;
  deploys: readonly DeployReference[];
  /** A sentence that says what there is to see. */
  title: string;
}) {
  const { zone } = usePreferences();
  const [plot, width] = useWidth<HTMLDivElement>(900);
  const sums = starts.map((_, i) => layers.reduce((sum, { series }) => sum + (series[i] ?? 0), 0));
  const scale = heightScaleOf(starts.map((start, i) => [start / 1_000, sums[i] ?? 0]));
  const paths = stackPaths(
    layers.map(({ series }) => series),
    starts,
    seconds,
    span,
    { ...BOX, top: scale.top },
  );
  const isEmpty = sums.every((sum) => sum === 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a chart is a group of marks, not of fields.
    <div className="chart" role="group" aria-label={title} style={{ '--h': '150px' } as React.CSSProperties}>
      <div className="plot" ref={plot}>
        {!isEmpty && <ScaleLines scale={scale} format={formatTick} />}
        <svg
          className="p"
          viewBox={`0 0 ${BOX.width} ${BOX.height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          {layers.map(({ key, colour }, i) => (
            <path key={key} d={paths[i]} style={{ fill: `var(--${colour})` }} />
          ))}
        </svg>
        {isEmpty && <p className="none">Nothing in this time</p>}
        <BinCursor
          label="Items over time"
          bins={starts.map((start) => [start, start + seconds * 1_000])}
          span={span}
          nameOf={(bin) => {
            const parts = layers.map(({ word, series }) => `${formatCount(series[bin] ?? 0)} ${word}`);
            return `${binName(starts[bin] ?? 0, seconds, span.end, zone)}: ${parts.join(', ')}`;
          }}
          tipOf={(bin) => (
            <>
              {binName(starts[bin] ?? 0, seconds, span.end, zone)}
              <dl>
                {layers.toReversed().map(({ key, word, series }) => (
                  <div className="pair" key={key}>
                    <dt>{word}</dt>
                    <dd>{formatCount(series[bin] ?? 0)}</dd>
                  </div>
                ))}
              </dl>
            </>
          )}
        />
        <DeployMarks deploys={deploys} span={span} zone={zone} width={width} />
      </div>
      <TimeAxis span={span} zone={seconds >= 86_400 ? 'UTC' : zone} width={width} />
    </div>
  );
}

/** Colours and their words. */
export function Legend({ layers }: { layers: readonly Layer[] }) {
  return (
    <p className="legend">
      {layers.map(({ key, word, colour }) => (
        <span key={key}>
          <i style={{ background: `var(--${colour})` }} />
          <span className="t">{word}</span>
        </span>
      ))}
    </p>
  );
}

/** The same numbers for who reads rather than looks. */
export function LayersTable({
  layers,
  starts,
  seconds,
  now,
}: {
  layers: readonly Layer[];
  starts: readonly number[];
  seconds: number;
  now: number;
}) {
  const { zone } = usePreferences();
  return (
    <details className="as-table">
      <summary className="q">Show as table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
      <section className="scrolls" tabIndex={0} aria-label="Items over time as a table">
        <table>
          <thead>
            <tr>
              <th>{seconds >= 86_400 ? 'Day, UTC' : 'Time'}</th>
              {layers.map(({ key, word }) => (
                <th key={key} className="num">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {starts
              .map((start, i) => (
                <tr key={start}>
                  <td>{binName(start, seconds, now, zone)}</td>
                  {layers.map(({ key, series }) => (
                    <td key={key} className="num">
                      {(series[i] ?? 0) === 0 ? <span className="qq">0</span> : formatCount(series[i] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))
              .toReversed()}
          </tbody>
        </table>
      </section>
    </details>
  );
}
