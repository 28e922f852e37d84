import type { DeployReference, Series } from '@culprit/api';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { usePreferences } from '../../app/app-context.tsx';
import type { Zone } from '../../app/preferences.ts';
import { formatCount } from '../../format/numbers.ts';
import { formatWhen } from '../../format/times.ts';
import { deployAnchor } from '../deploy-link.tsx';
import { ChartCursor } from './chart-cursor.tsx';
import { type PlacedMark, placeMarks } from './marks.ts';
import { barsPath, heightScaleOf, type TimeSpan, timeTicksOf } from './scale.ts';
import { ScaleLines } from './scale-lines.tsx';
import { useWidth } from './use-width.ts';

const BOX = { width: 1_000, height: 100 };

function Mark({ mark, zone, now }: { mark: PlacedMark; zone: Zone; now: number }) {
  const { org = '' } = useParams({ strict: false });
  const { deploy, percent, isLeft, beside } = mark;
  const when = formatWhen(Date.parse(deploy.dateFinished), now, zone);
  const projects = deploy.projects.join(', ');
  // The name begins with what is in sight, so that it can be spoken.
  const name = `#${deploy.number} ${beside || projects}, ${projects} ${deploy.version} to ${deploy.environment}, ${when}`;
  return (
    <Link
      className={`mark${isLeft ? ' left' : ''}`}
      style={{ left: `${percent}%` }}
      to="/organizations/$org/deploys"
      params={{ org }}
      hash={deployAnchor(deploy)}
      aria-label={name}
      title={name}
    >
      <span>
        {beside !== undefined && (
          <>
            <b>#{deploy.number}</b> {beside !== '' && <bdi>{beside}</bdi>}
          </>
        )}
      </span>
    </Link>
  );
}

/** The deploys of a span as poles over the plot, each a link. `width` of the plot in pixels. */
export function DeployMarks({
  deploys,
  span,
  zone,
  width,
}: {
  deploys: readonly DeployReference[];
  span: TimeSpan;
  zone: Zone;
  width: number;
}) {
  const marks = useMemo(() => placeMarks(deploys, span, width), [deploys, span, width]);
  return marks.map((mark) => <Mark key={mark.deploy.id} mark={mark} zone={zone} now={span.end} />);
}

export function TimeAxis({ span, zone, width }: { span: TimeSpan; zone: Zone; width: number }) {
  const ticks = timeTicksOf(span, zone, width);
  return (
    <div className="xs" aria-hidden="true">
      {ticks.map((tick) => (
        <span key={tick.percent} className={`x ${tick.edge ?? ''}`} style={{ left: `${tick.percent}%` }}>
          {tick.text}
        </span>
      ))}
    </div>
  );
}

/** Events per interval as bars, paler behind them what came and was not kept, with the deploys over them. `title` is a sentence that says what there is to see. */
export function EventChart({ series, title, height }: { series: Series; title: string; height: number }) {
  const { zone } = usePreferences();
  const [plot, width] = useWidth<HTMLDivElement>(900);
  const span = useMemo(() => ({ start: Date.parse(series.start), end: Date.parse(series.end) }), [series]);
  const came = series.came ?? [];
  const scale = heightScaleOf(series.came ?? series.points);
  const total = series.points.reduce((sum, [, count]) => sum + count, 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a chart is a group of marks, not of fields.
    <div
      className="chart"
      role="group"
      aria-label={title}
      style={{ '--h': `${height}px` } as React.CSSProperties}
    >
      <div className="plot" ref={plot}>
        {total > 0 && <ScaleLines scale={scale} format={formatCount} />}
        <svg
          className="p"
          viewBox={`0 0 ${BOX.width} ${BOX.height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <path className="c-came" d={barsPath(came, series.interval, span, { ...BOX, top: scale.top })} />
          <path
            className="c-calm"
            d={barsPath(series.points, series.interval, span, { ...BOX, top: scale.top })}
          />
        </svg>
        {total === 0 && <p className="none">No event in this time</p>}
        <ChartCursor series={series} span={span} zone={zone} />
        <DeployMarks deploys={series.deploys} span={span} zone={zone} width={width} />
      </div>
      <TimeAxis span={span} zone={zone} width={width} />
    </div>
  );
}
