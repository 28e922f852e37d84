import { formatCount, formatExactShare } from '../../format/numbers.ts';
import { colourOf, type Layer, OUTCOME_WORDS, OUTCOMES, type Tally } from './outcomes.ts';
import { wordsOf } from './reason-words.ts';

/** Why items were not kept, what took most of them first. */
export function ReasonList({
  tallies,
  received,
  layers = [],
}: {
  tallies: readonly Tally[];
  /** Gives the shares; absent: none are told. */
  received?: number;
  /** Of the chart, so that a reason has the colour that it has there. */
  layers?: readonly Layer[];
}) {
  return (
    <ol className="reasons">
      {tallies.map((tally) => {
        const { outcome, reason, total } = tally;
        const { title, why } = wordsOf(tally);
        return (
          <li key={`${outcome} ${reason}`}>
            <span className="sw" aria-hidden="true">
              <i style={{ background: colourOf(tally, layers) }} />
            </span>
            <div>
              <b className="wrap">
                <bdi>{title}</bdi>
              </b>{' '}
              <span className="mono qq wrap">
                {outcome} <bdi>{reason}</bdi>
              </span>
              {why !== '' && <span className="two">{why}</span>}
            </div>
            <span className="n">
              {formatCount(total)}
              <span className="vh"> items</span>
            </span>
            <span className="n qq">{received === undefined ? '' : formatExactShare(total / received)}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** What arrived, as the sum of what became of it. */
export function Sum({ tallies }: { tallies: readonly Tally[] }) {
  const parts = OUTCOMES.map((outcome) => ({
    outcome,
    word: OUTCOME_WORDS[outcome],
    total: tallies.filter((tally) => tally.outcome === outcome).reduce((sum, { total }) => sum + total, 0),
  })).filter(({ outcome, total }) => total > 0 || outcome !== 'abuse');
  const received = parts.reduce((sum, { total }) => sum + total, 0);
  const sentence = `${formatCount(received)} received equals ${parts
    .map(({ total, word }) => `${formatCount(total)} ${word}`)
    .join(' plus ')}`;
  return (
    <p className="sum" role="math" aria-label={sentence}>
      <span>
        <b>{formatCount(received)}</b>received
      </span>
      {parts.map(({ outcome, total, word }, i) => (
        <span className="term" key={outcome}>
          <i>{i === 0 ? '=' : '+'}</i>
          <span>
            <b>{formatCount(total)}</b>
            {word}
          </span>
        </span>
      ))}
    </p>
  );
}
