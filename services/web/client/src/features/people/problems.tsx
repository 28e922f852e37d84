import type { IssueStatus, Person } from '@culprit/api';
import { Link } from '@tanstack/react-router';
import { counted } from '../../format/numbers.ts';
import { DeployLink } from '../../ui/deploy-link.tsx';
import { Time } from '../../ui/time.tsx';

const STATUS_WORDS: Readonly<Record<IssueStatus, string>> = {
  unresolved: 'Open',
  resolved: 'Resolved',
  ignored: 'Ignored',
};

function times(count: number): string {
  if (count === 1) return 'once';
  return count === 2 ? 'twice' : counted(count, 'time', 'times');
}

function Problem({ org, problem }: { org: string; problem: Person['issues'][number] }) {
  const { issue, count, firstSeen, lastSeen, lastRelease, lastDeploy, lastEventId } = problem;
  return (
    <li className="fault">
      <div className="at-when">
        <Time at={lastSeen} as="when" />
        <span>
          <Time at={lastSeen} as="age" />
        </span>
      </div>
      <div>
        <h3 className="wrap">
          <Link
            to="/organizations/$org/issues/$issue/events/$event"
            params={{ org, issue: issue.id, event: lastEventId }}
          >
            <bdi>{issue.title}</bdi>
          </Link>
        </h3>
        <p className="status">
          <span className="mid">{STATUS_WORDS[issue.status]}</span>
          {lastDeploy !== null && (
            <span>
              Met last while <DeployLink deploy={lastDeploy} /> was live.
            </span>
          )}
        </p>
        <p className="meta">
          <span>
            {times(count)}
            {count > 1 && (
              <>
                {' '}
                since <Time at={firstSeen} as="when" />
              </>
            )}
          </span>
          <span className="mono">
            <bdi>{issue.culprit}</bdi>
          </span>
          {lastRelease !== null && <bdi>{lastRelease}</bdi>}
          <Link className="link" to="/organizations/$org/issues/$issue" params={{ org, issue: issue.id }}>
            {issue.shortId}
          </Link>
        </p>
      </div>
    </li>
  );
}

/** Each problem once, the latest first. */
export function Problems({ org, issues }: { org: string; issues: Person['issues'] }) {
  return (
    <section className="sec" aria-labelledby="h-problems">
      <header>
        <h2 id="h-problems">What they ran into</h2>
        <span className="n">newest first</span>
      </header>
      <ol className="faults">
        {issues.map((problem) => (
          <Problem key={problem.issue.id} org={org} problem={problem} />
        ))}
      </ol>
    </section>
  );
}
