import type { Point, Series } from '@culprit/api';
import type { Zone } from '../../app/preferences.ts';
import { counted } from '../../format/numbers.ts';
import { formatClock, formatWhen } from '../../format/times.ts';
import { BinCursor } from './bin-cursor.tsx';
import { cameText } from './came.tsx';
import type { TimeSpan } from './scale.ts';

function binText([seconds]: Point, interval: number, now: number, zone: Zone): string {
  const from = seconds * 1_000;
  const to = (seconds + interval) * 1_000;
  if (interval >= 86_400) return formatWhen(from, now + 7 * 86_400_000, zone);
  return `${formatWhen(from, now, zone)} to ${formatClock(to, zone)}`;
}

/** The cursor over a chart of events. */
export function ChartCursor({ series, span, zone }: { series: Series; span: TimeSpan; zone: Zone }) {
  const { points, interval } = series;
  const textOf = (bin: number): string => binText(points[bin] ?? [0, 0], interval, span.end, zone);
  const eventsOf = (bin: number): string => counted(points[bin]?.[1] ?? 0, 'event', 'events');
  const cameOf = (bin: number): string =>
    series.came?.[bin]?.[1] === points[bin]?.[1] ? '' : cameText(series, bin);
  return (
    <BinCursor
      label="Events over time"
      bins={points.map(([seconds]) => [seconds * 1_000, (seconds + interval) * 1_000])}
      span={span}
      nameOf={(bin) => `${textOf(bin)}: ${eventsOf(bin)}${cameOf(bin)}`}
      tipOf={(bin) => (
        <>
          {textOf(bin)}
          <br />
          <b>{eventsOf(bin)}</b>
          {cameOf(bin)}
        </>
      )}
    />
  );
}
