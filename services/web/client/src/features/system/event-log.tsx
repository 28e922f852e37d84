import type { System } from '@culprit/api';
import { formatBytes, formatCount } from '../../format/numbers.ts';
import { formatSeconds } from './seconds.ts';

const MODES = { lmdb: 'embedded', kafka: 'Kafka' } as const;

/** How far each partition is. */
export function EventLog({ log }: { log: NonNullable<System['log']> }) {
  return (
    <section className="sec" aria-labelledby="h-log">
      <header>
        <h2 id="h-log">Event log</h2>
        <span className="n">
          {log.topic}, {MODES[log.mode]}
        </span>
      </header>
      {log.spool !== null && log.spool.records > 0 && (
        <p className="q">
          {formatCount(log.spool.records)} records ({formatBytes(log.spool.bytes)}) wait on ingest’s own disks
          until Kafka is back.
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
      <section className="scrolls" tabIndex={0} aria-label="Partitions of the event log">
        <table>
          <thead>
            <tr>
              <th>Partition</th>
              <th className="num">Processed up to</th>
              <th className="num">Written up to</th>
              <th className="num">Waiting</th>
              <th className="num">Oldest</th>
            </tr>
          </thead>
          <tbody>
            {log.partitions.map(({ partition, position, end, lag, oldestSeconds }) => (
              <tr key={partition}>
                <td>{partition}</td>
                <td className="num">{formatCount(position)}</td>
                <td className="num">{formatCount(end)}</td>
                <td className="num">{lag === 0 ? <span className="qq">0</span> : formatCount(lag)}</td>
                <td className="num">
                  {lag === 0 ? <span className="qq">0 s</span> : `${formatSeconds(oldestSeconds)} s`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
