import { type KeyboardEvent, type PointerEvent, type ReactNode, useState } from 'react';
import { percentOf, type TimeSpan } from './scale.ts';

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };

/** The line that follows pointer or arrow keys and says what stands there. A slider over the bins, for who cannot see it. */
export function BinCursor({
  label,
  bins,
  span,
  nameOf,
  tipOf,
}: {
  label: string;
  /** Start and end of each, all of one length; Unix milliseconds. */
  bins: readonly (readonly [start: number, end: number])[];
  span: TimeSpan;
  /** What a bin is and holds, in words. */
  nameOf: (bin: number) => string;
  /** The same beside the line. */
  tipOf: (bin: number) => ReactNode;
}) {
  const [chosen, setChosen] = useState<number>();
  const last = bins.length - 1;
  const index = Math.min(chosen ?? last, last);
  const bin = bins[index];
  if (bin === undefined) return null;
  const [first, firstEnd] = bins[0] ?? bin;
  const middle = percentOf(Math.min((bin[0] + bin[1]) / 2, span.end), span);
  const choose = (wanted: number): void => setChosen(Math.max(0, Math.min(last, wanted)));
  const move = (event: PointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = span.start + ((event.clientX - box.left) / box.width) * (span.end - span.start);
    choose(Math.floor((at - first) / (firstEnd - first)));
  };
  const press = (event: KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (event.key === 'Escape') setChosen(undefined);
    if (step === undefined) return;
    event.preventDefault();
    choose(index + step);
  };
  return (
    <>
      <div
        className="track"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={index}
        aria-valuetext={nameOf(index)}
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
            {tipOf(index)}
          </div>
        </>
      )}
    </>
  );
}
