import { useApp, usePreferences } from '../app/app-context.tsx';
import { useNow } from '../app/ticker.ts';
import { formatAge, formatAgo, formatBothZones, formatWhen } from '../format/times.ts';

const SHAPES = { age: formatAge, ago: formatAgo, when: formatWhen } as const;

/** A moment that has passed. `age` in rows, `ago` in sentences, `when` for the clock. Ticks; the exact time is in the tooltip. */
export function Time({ at, as = 'ago' }: { at: string; as?: keyof typeof SHAPES }) {
  const { ticker } = useApp();
  const { zone } = usePreferences();
  const then = Date.parse(at);
  const now = useNow(ticker, ticker.now() - then < 60_000 ? 1_000 : 60_000);
  // Cut down to the minute, now may lie before a moment that has just passed.
  return (
    <time dateTime={at} title={formatBothZones(then, zone)}>
      {SHAPES[as](then, Math.max(now, then), zone)}
    </time>
  );
}
