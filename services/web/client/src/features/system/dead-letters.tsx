import type { System } from '@culprit/api';
import { Time } from '../../ui/time.tsx';

/** Records that a stage refused, newest first. Reasons never hold values of the event. */
export function DeadLetters({ newest }: { newest: System['deadLetters']['newest'] }) {
  if (newest.length === 0) return null;
  return (
    <section className="sec" aria-labelledby="h-dead">
      <header>
        <h2 id="h-dead">Dead letters</h2>
        <span className="n">newest first</span>
      </header>
      <table>
        <thead>
          <tr>
            <th>Reason</th>
            <th>Stage</th>
            <th>Place</th>
            <th>When</th>
          </tr>
        </thead>
        <tbody>
          {newest.map((letter) => (
            <tr key={letter.id}>
              <td>
                <bdi>{letter.reason}</bdi>
                <span className="two">{letter.kind}</span>
              </td>
              <td>{letter.stage}</td>
              <td className="mono">
                {letter.partition}/{letter.offset}
              </td>
              <td>
                <Time at={letter.dateCreated} as="ago" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
