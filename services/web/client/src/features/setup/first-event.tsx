import type { Project } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { arrivalsQuery } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { Time } from '../../ui/time.tsx';
import { Snippet } from './setup-page.tsx';

const ASK_MS = 2_000;

/** The issue with the newest event of the project; asked again and again while there is none. */
function useNewestIssue(org: string, project: Project) {
  const { api } = useApp();
  const filter = {
    project: project.slug,
    environment: undefined,
    statsPeriod: '90d',
    query: '',
    sort: 'date',
  } as const;
  return useQuery({
    ...arrivalsQuery(api, org, filter),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.length === 0 ? ASK_MS : false),
  }).data?.[0];
}

/** Waits for the first event and turns to it. A project that had events before only says so. */
export function FirstEvent({ org, project, dsn }: { org: string; project: Project; dsn: string }) {
  const navigate = useNavigate();
  const newest = useNewestIssue(org, project);
  const wasWaiting = useRef(project.firstEvent === null);
  useEffect(() => {
    if (newest === undefined || !wasWaiting.current) return;
    wasWaiting.current = false;
    void navigate({ to: '/organizations/$org/issues/$issue', params: { org, issue: newest.id } });
  }, [newest, navigate, org]);
  const isWaiting = newest === undefined && project.firstEvent === null;
  return (
    <section className="wait" aria-live="polite">
      {isWaiting ? (
        <>
          <p className="v big" data-v="watching">
            <span className="dot pulse" />
            Waiting for the first event
          </p>
          <p className="q small">This page turns to it by itself.</p>
        </>
      ) : (
        <>
          <p className="v big" data-v="healthy">
            <span className="dot" />
            Events arrive
          </p>
          <p className="q small">
            {newest === undefined ? (
              'The last one is more than 90 days old.'
            ) : (
              <>
                The last one came <Time at={newest.lastSeen} />.{' '}
                <Link
                  className="link"
                  to="/organizations/$org/issues/$issue"
                  params={{ org, issue: newest.id }}
                >
                  See {newest.shortId}
                </Link>
              </>
            )}
          </p>
        </>
      )}
      <p className="small qq dsn-cap">DSN of this project</p>
      <Snippet text={dsn} label="DSN" isWrapped />
    </section>
  );
}
