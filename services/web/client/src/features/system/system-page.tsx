import type { System } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { systemQuery } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { counted, formatBytes, formatCount, formatShare } from '../../format/numbers.ts';
import { formatSpanInWords } from '../../format/times.ts';
import { Page } from '../../shell/page.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { FailureNote, Note } from '../../ui/note.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { OutcomeRates } from './outcome-rates.tsx';

/** Older than this and somebody should look. */
const SLOW_SECONDS = 60;
const LOW_DISK_BYTES = 5e9;

function lagOf(log: NonNullable<System['log']>): number {
  return log.partitions.reduce((sum, { lag }) => sum + lag, 0);
}

function formatSeconds(seconds: number): string {
  return seconds > 0 && seconds < 1 ? '<1' : formatCount(Math.round(seconds));
}

function findingOf(system: System): string {
  if (system.log === null) return 'The event log could not be asked how far processing is.';
  const lag = lagOf(system.log);
  if (lag === 0) return 'All that arrived has been processed.';
  const seconds = system.log.oldestUnprocessedSeconds;
  const oldest = seconds < 1 ? 'less than a second' : formatSpanInWords(seconds * 1_000);
  return `${counted(lag, 'record waits', 'records wait')}; the oldest for ${oldest}.`;
}

function Warnings({ system }: { system: System }) {
  const { log, disk, deadLetters } = system;
  return (
    <>
      {log !== null && log.oldestUnprocessedSeconds > SLOW_SECONDS && (
        <Note tone="suspect">
          <p>
            <b>Processing is behind.</b>{' '}
            <span className="q">Events are safe in the log; see what the processor says in its own log.</span>
          </p>
        </Note>
      )}
      {disk !== null && disk.freeBytes < LOW_DISK_BYTES && (
        <Note tone="suspect">
          <p>
            <b>{formatBytes(disk.freeBytes)} of disk are free.</b>{' '}
            <span className="q">Below 1 GiB new events are refused.</span>
          </p>
        </Note>
      )}
      {deadLetters.open > 0 && (
        <Note tone="suspect">
          <p>
            <b>{counted(deadLetters.open, 'record', 'records')} could not be processed.</b>{' '}
            <span className="q">
              They are kept; once the cause is mended, replay them:{' '}
              <span className="mono">npm run culprit -- dead-letters replay</span>
            </span>
          </p>
        </Note>
      )}
    </>
  );
}

function Facts({ system }: { system: System }) {
  const { log, disk, deadLetters } = system;
  return (
    <dl className="facts">
      <div>
        <dt>Records waiting</dt>
        <dd className="n">{log === null ? '?' : formatCount(lagOf(log))}</dd>
      </div>
      <div>
        <dt>Oldest unprocessed</dt>
        <dd className="n">
          {log === null ? '?' : formatSeconds(log.oldestUnprocessedSeconds)} <small>s</small>
        </dd>
      </div>
      <div>
        <dt>Dead letters</dt>
        <dd className="n">{formatCount(deadLetters.open)}</dd>
      </div>
      <div>
        <dt>Disk free</dt>
        <dd className="n">
          {disk === null ? (
            '?'
          ) : (
            <>
              {formatBytes(disk.freeBytes)} <small>of {formatBytes(disk.totalBytes)}</small>
            </>
          )}
        </dd>
      </div>
    </dl>
  );
}

function EventLog({ log }: { log: NonNullable<System['log']> }) {
  return (
    <section className="sec" aria-labelledby="h-log">
      <header>
        <h2 id="h-log">Event log</h2>
        <span className="n">{log.topic}</span>
      </header>
      <table>
        <thead>
          <tr>
            <th>Partition</th>
            <th className="num">Processed up to</th>
            <th className="num">Written up to</th>
            <th className="num">Waiting</th>
          </tr>
        </thead>
        <tbody>
          {log.partitions.map(({ partition, position, end, lag }) => (
            <tr key={partition}>
              <td>{partition}</td>
              <td className="num">{formatCount(position)}</td>
              <td className="num">{formatCount(end)}</td>
              <td className="num">{lag === 0 ? <span className="qq">0</span> : formatCount(lag)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Side({ system: { versions, disk } }: { system: System }) {
  return (
    <aside>
      <section className="sec" aria-labelledby="h-versions">
        <header>
          <h2 id="h-versions">Versions</h2>
        </header>
        <dl className="kv">
          <dt>Culprit</dt>
          <dd>{versions.culprit}</dd>
          <dt>Node</dt>
          <dd>{versions.node}</dd>
          <dt>PostgreSQL</dt>
          <dd>{versions.postgres ?? 'did not answer'}</dd>
          <dt>ClickHouse</dt>
          <dd>{versions.clickhouse ?? 'did not answer'}</dd>
        </dl>
      </section>
      {disk !== null && (
        <section className="sec" aria-labelledby="h-disk">
          <header>
            <h2 id="h-disk">Disk</h2>
            <span className="n">{formatShare(1 - disk.freeBytes / Math.max(1, disk.totalBytes))} used</span>
          </header>
          <dl className="kv">
            {disk.folders.map(({ name, bytes }) => (
              <div key={name} className="pair-row">
                <dt>{name}</dt>
                <dd>{formatBytes(bytes)}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </aside>
  );
}

/** Does the work move? For whoever runs this server. */
export function SystemPage() {
  const { api } = useApp();
  const { data, error, refetch } = useQuery(systemQuery(api));
  return (
    <Page title="System" trail={[['System', undefined]]}>
      <h1>System</h1>
      {error !== null && (
        <FailureNote what="The state of the system" error={error} onRetry={() => void refetch()} />
      )}
      {data === undefined && error === null && <LoadingRows what="the state of the system" />}
      {data !== undefined && (
        <>
          <p className="find">{findingOf(data)}</p>
          <Facts system={data} />
          <div className="notes">
            <Warnings system={data} />
          </div>
          <div className="cols">
            <div>
              <OutcomeRates rates={data.rates} />
              {data.log !== null && <EventLog log={data.log} />}
              <DeadLetters newest={data.deadLetters.newest} />
            </div>
            <Side system={data} />
          </div>
        </>
      )}
    </Page>
  );
}
