import type { DeployReference, Point } from '@culprit/api';
import { barsPath, heightScaleOf, percentOf } from './scale.ts';

const WIDTH = 168;
const HEIGHT = 28;

/** A row's events over time: no axis, its own height, deploys as poles without names. */
export function Sparkline({
  points,
  deploys,
  label,
}: {
  points: readonly Point[];
  deploys: readonly DeployReference[];
  label: string;
}) {
  const first = points[0]?.[0];
  const second = points[1]?.[0];
  if (first === undefined || second === undefined) return <span className="spark" />;
  const interval = second - first;
  const span = { start: first * 1_000, end: (first + interval * points.length) * 1_000 };
  const path = barsPath(points, interval, span, {
    width: WIDTH,
    height: HEIGHT - 6,
    top: heightScaleOf(points).top,
  });
  const marks = deploys
    .map((deploy) => ({ id: deploy.id, x: (percentOf(Date.parse(deploy.dateFinished), span) / 100) * WIDTH }))
    .filter(({ x }) => x >= 0 && x <= WIDTH);
  return (
    <svg
      className="spark"
      preserveAspectRatio="none"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={label}
    >
      <path className="base" d={`M0 ${HEIGHT}H${WIDTH}`} />
      <path className="c-calm" d={path} transform="translate(0 6)" />
      {marks.map(({ id, x }) => (
        <g key={id} transform={`translate(${Math.round(x * 10) / 10} 0)`}>
          <path className="m" d={`M0 0V${HEIGHT}`} />
          <path className="pen" d="M0 0l5.5 2-5.5 2.2z" />
        </g>
      ))}
    </svg>
  );
}
