import type { UserReport } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { userReportsQuery } from '../../api/report-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { counted } from '../../format/numbers.ts';
import { FailureNote } from '../../ui/note.tsx';
import { Time } from '../../ui/time.tsx';

const SHOWN = 5;

function Report({ org, issue, report }: { org: string; issue: string; report: UserReport }) {
  const who = report.name || report.email || 'Somebody';
  return (
    <li>
      <p className="wrap">
        <bdi>{report.comments}</bdi>
      </p>
      <p className="q small wrap">
        <bdi>{who}</bdi>
        {report.email !== '' && report.name !== '' && (
          <>
            {', '}
            <bdi>{report.email}</bdi>
          </>
        )}
        {', '}
        <Link
          to="/organizations/$org/issues/$issue/events/$event"
          params={{ org, issue, event: report.eventID }}
        >
          <Time at={report.dateCreated} />
        </Link>
      </p>
    </li>
  );
}

/** What people said who ran into the issue; nothing where nobody did. */
export function UserReports({ org, issue }: { org: string; issue: string }) {
  const { api } = useApp();
  const [isWhole, setWhole] = useState(false);
  const { data, error, refetch } = useQuery(userReportsQuery(api, org, issue));
  if (error !== null && data === undefined) {
    return <FailureNote what="What people said" error={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined || data.length === 0) return null;
  return (
    <section className="sec" aria-labelledby="h-said">
      <header>
        <h2 id="h-said">What people said</h2>
        <span className="n">{counted(data.length, 'report', 'reports')}</span>
      </header>
      <ul className="plain said">
        {data.slice(0, isWhole ? data.length : SHOWN).map((report) => (
          <Report key={report.id} org={org} issue={issue} report={report} />
        ))}
      </ul>
      {!isWhole && data.length > SHOWN && (
        <p className="under">
          <button className="btn" type="button" onClick={() => setWhole(true)}>
            Show all {data.length}
          </button>
        </p>
      )}
    </section>
  );
}
