import type { System } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { systemQuery } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { counted, formatBytes } from '../../format/numbers.ts';
import { formatSpanInWords } from '../../format/times.ts';
import { Page } from '../../shell/page.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { FailureNote, Note } from '../../ui/note.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { EventLog } from './event-log.tsx';
import { Facts, lagOf } from './facts.tsx';
import { OutcomeRates } from './outcome-rates.tsx';
import { Services } from './services.tsx';
import { Side } from './side.tsx';

/** Older than this and somebody should look. */
const SLOW_SECONDS = 60;
const LOW_DISK_BYTES = 5e9;

function findingOf(system: System): string {
  if (system.log === null) return 'The event log could not be asked how far processing is.';
  const lag = lagOf(system.log);
  if (lag === 0) return 'All that arrived has been processed.';
  const seconds = system.log.oldestUnprocessedSeconds;
  const oldest = seconds < 1 ? 'less than a second' : formatSpanInWords(seconds * 1_000);
  return `${counted(lag, 'record waits', 'records wait')}; the oldest for ${oldest}.`;
}

function Warnings({ system }: { system: System }) {
  const { log, disk, deadLetters, services, schema } = system;
  const unwell = services?.filter(({ isReady, isSilent }) => !isReady && !isSilent) ?? [];
  return (
    <>
      {unwell.map(({ id, service, detail }) => (
        <Note key={id} tone="suspect">
          <p>
            <b>A process of {service} is not ready.</b> <span className="q">{detail}</span>
          </p>
        </Note>
      ))}
      {schema?.stores.some(({ pending }) => pending > 0) === true && (
        <Note tone="suspect">
          <p>
            <b>Migrations of this release are not applied.</b>{' '}
            <span className="q">Did one fail? The log of the start says so.</span>
          </p>
        </Note>
      )}
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
            <span className="q">They are kept; once the cause is mended, replay them below.</span>
          </p>
        </Note>
      )}
    </>
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
              <DeadLetters letters={data.deadLetters} />
              <Services services={data.services} />
            </div>
            <Side system={data} />
          </div>
        </>
      )}
    </Page>
  );
}
