import type { IssueDetail } from '@culprit/api';
import type { ReactNode } from 'react';
import { useApp } from '../../app/app-context.tsx';
import { useNow } from '../../app/ticker.ts';
import { counted, formatCount } from '../../format/numbers.ts';
import { formatSpanInWords } from '../../format/times.ts';
import { DeployLink } from '../../ui/deploy-link.tsx';
import { Time } from '../../ui/time.tsx';

const DAY = 86_400_000;

function FirstSeen({ issue }: { issue: IssueDetail }) {
  const { firstDeploy, firstSeen, firstRelease } = issue;
  if (firstDeploy === null) {
    return (
      <>
        First seen{' '}
        <b>
          <Time at={firstSeen} />
        </b>
        {firstRelease !== null && (
          <>
            {' '}
            in <bdi>{firstRelease.version}</bdi>
          </>
        )}
        ; no deploy before it is known.
      </>
    );
  }
  const after = Date.parse(firstSeen) - Date.parse(firstDeploy.dateFinished);
  if (after < 0 || after > 2 * DAY) {
    return (
      <>
        First seen{' '}
        <b>
          <Time at={firstSeen} />
        </b>
        , while <DeployLink deploy={firstDeploy} /> was live.
      </>
    );
  }
  return (
    <>
      First seen{' '}
      <b>
        {formatSpanInWords(after)} after deploy <DeployLink deploy={firstDeploy} />
      </b>{' '}
      finished, and never before it.
    </>
  );
}

/** What is so, in two sentences that can be read aloud. */
export function Finding({ issue }: { issue: IssueDetail }) {
  const lasted = Date.parse(issue.lastSeen) - Date.parse(issue.firstSeen);
  const people =
    issue.userCount === 0 ? (
      <>It has hit nobody who is known by name.</>
    ) : (
      <>
        It has hit <b>{counted(issue.userCount, 'person', 'people')}</b>
        {lasted > 1_000 ? ` in ${formatSpanInWords(lasted)}` : ''}.
      </>
    );
  return (
    <p className="find">
      <FirstSeen issue={issue} /> {people}
    </p>
  );
}

function Seen({ at, children }: { at: ReactNode; children: ReactNode }) {
  return (
    <dd>
      {at}
      <br />
      <span className="qq">{children}</span>
    </dd>
  );
}

/** Numbers that are answers, in one line. */
export function Facts({ issue }: { issue: IssueDetail }) {
  const { ticker } = useApp();
  const isQuiet = useNow(ticker, 60_000) - Date.parse(issue.lastSeen) > DAY;
  return (
    <dl className="facts">
      <div>
        <dt>People</dt>
        <dd className="n">{formatCount(issue.userCount)}</dd>
      </div>
      <div>
        <dt>Events</dt>
        <dd className="n">{formatCount(Number(issue.count))}</dd>
      </div>
      <div>
        <dt>First seen</dt>
        <Seen
          at={
            <>
              <Time at={issue.firstSeen} as="when" />
              {issue.firstDeploy !== null && (
                <>
                  , <DeployLink deploy={issue.firstDeploy} />
                </>
              )}
            </>
          }
        >
          <bdi>{issue.firstRelease?.version ?? 'no release'}</bdi>
        </Seen>
      </div>
      <div>
        <dt>Last seen</dt>
        <Seen at={<Time at={issue.lastSeen} />}>
          <bdi>{issue.lastRelease?.version ?? 'no release'}</bdi>
          {isQuiet ? ', quiet since' : ''}
        </Seen>
      </div>
      <div>
        <dt>Handled</dt>
        <dd>{issue.isUnhandled ? 'No, nothing caught it' : 'Yes'}</dd>
      </div>
    </dl>
  );
}
