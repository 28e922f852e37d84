import type { Point, Series } from '@culprit/api';
import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import type { Zone } from '../../app/preferences.ts';
import { counted } from '../../format/numbers.ts';
import { formatClock, formatWhen } from '../../format/times.ts';
import { percentOf, type TimeSpan } from './scale.ts';

function binText([seconds]: Point, interval: number, now: number, zone: Zone): string {
  const from = seconds * 1_000;
  const to = (seconds + interval) * 1_000;
  if (interval >= 86_400) return formatWhen(from, now + 7 * 86_400_000, zone);
  return `${formatWhen(from, now, zone)} to ${formatClock(to, zone)}`;
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };

/** The line that follows pointer or arrow keys and says what stands there. A slider over the bins, for who cannot see it. */
export function ChartCursor({ series, span, zone }: { series: Series; span: TimeSpan; zone: Zone }) {
  const [chosen, setChosen] = useState<number>();
  const last = series.points.length - 1;
  const index = Math.min(chosen ?? last, last);
  const point = series.points[index];
  if (point === undefined) return null;
  const text = binText(point, series.interval, span.end, zone);
  const events = counted(point[1], 'event', 'events');
  const middle = percentOf(Math.min((point[0] + series.interval / 2) * 1_000, span.end), span);
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = span.start + ((event.clientX - box.left) / box.width) * (span.end - span.start);
    const first = series.points[0]?.[0] ?? 0;
    setChosen(Math.max(0, Math.min(last, Math.floor((at / 1_000 - first) / series.interval))));
  };
  const press = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (event.key === 'Escape') setChosen(undefined);
    if (step === undefined) return;
    event.preventDefault();
    setChosen(Math.max(0, Math.min(last, index + step)));
  };
  return (
    <>
      <div
        className="track"
        role="slider"
        tabIndex={0}
        aria-label="Events over time"
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={index}
        aria-valuetext={`${text}: ${events}`}
        onPointerMove={move}
        onPointerLeave={() => setChosen(undefined)}
        onBlur={() => setChosen(undefined)}
        onKeyDown={press}
      />
      {chosen !== undefined && (
        <>
          <span className="cursor" style={{ left: `${middle}%` }} />
          <div
            className={`tip at ${middle > 60 ? 'before' : 'after'}`}
            style={{ left: `${middle}%` }}
            aria-hidden="true"
          >
            {text}
            <br />
            <b>{events}</b>
          </div>
        </>
      )}
    </>
  );
}
