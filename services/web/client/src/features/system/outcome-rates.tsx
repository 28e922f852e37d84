import type { System } from '@culprit/api';
import { usePreferences } from '../../app/app-context.tsx';
import { formatCount } from '../../format/numbers.ts';
import { formatClock } from '../../format/times.ts';

const WORDS: Readonly<Record<string, string>> = {
  accepted: 'Accepted',
  filtered: 'Filtered',
  rate_limited: 'Rate limited',
  invalid: 'Invalid',
  client_discard: 'Dropped by SDKs',
};

/** What was kept first; what this page has no word for, last. */
function byRank(a: { readonly outcome: string }, b: { readonly outcome: string }): number {
  const ranks = Object.keys(WORDS);
  const rankOf = ({ outcome }: { readonly outcome: string }): number =>
    ranks.includes(outcome) ? ranks.indexOf(outcome) : ranks.length;
  return rankOf(a) - rankOf(b);
}

/** What became of what arrived, minute by minute. */
export function OutcomeRates({ rates }: { rates: System['rates'] }) {
  const { zone } = usePreferences();
  if (rates === null) {
    return (
      <section className="sec" aria-labelledby="h-rates">
        <header>
          <h2 id="h-rates">Items per minute</h2>
        </header>
        <p className="q">ClickHouse did not answer, so this is not known now.</p>
      </section>
    );
  }
  return (
    <section className="sec" aria-labelledby="h-rates">
      <header>
        <h2 id="h-rates">Items per minute</h2>
        <span className="n">by outcome</span>
      </header>
      {rates.outcomes.length === 0 && <p className="q">Nothing arrived in the last ten minutes.</p>}
      {rates.outcomes.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
        <section className="scrolls" tabIndex={0} aria-label="Items per minute by outcome">
          <table>
            <thead>
              <tr>
                <th>Outcome</th>
                {rates.minutes.map((minute) => (
                  <th key={minute} className="num">
                    {formatClock(minute * 1_000, zone)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rates.outcomes.toSorted(byRank).map(({ outcome, perMinute }) => (
                <tr key={outcome}>
                  <td>{WORDS[outcome] ?? outcome}</td>
                  {perMinute.map((count, i) => (
                    <td key={rates.minutes[i]} className="num">
                      {count === 0 ? <span className="qq">0</span> : formatCount(count)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
