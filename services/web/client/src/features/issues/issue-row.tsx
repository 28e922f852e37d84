import type { Deploy, Issue } from '@culprit/api';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { counted, formatCount } from '../../format/numbers.ts';
import { formatSpan } from '../../format/times.ts';
import { Sparkline } from '../../ui/chart/sparkline.tsx';
import { DeployLink } from '../../ui/deploy-link.tsx';
import { Time } from '../../ui/time.tsx';
import { titleOf } from './issue-title.ts';

const DAY = 86_400_000;

/** At most one word that changes what one does. */
function badgeOf(issue: Issue, now: number): string | undefined {
  if (issue.status !== 'unresolved') return issue.status === 'resolved' ? 'Resolved' : 'Ignored';
  if (issue.substatus === 'regressed') return 'Came back';
  if (now - Date.parse(issue.firstSeen) < DAY) return 'New';
  return issue.level === 'error' ? undefined : issue.level;
}

function Since({ issue }: { issue: Issue }) {
  const { firstDeploy, firstSeen } = issue;
  if (firstDeploy === null) {
    return (
      <div className="since">
        <Time at={firstSeen} as="age" />
        <br />
        <span className="s2">
          {issue.firstRelease === null ? 'no deploy known' : <bdi>{issue.firstRelease.version}</bdi>}
        </span>
      </div>
    );
  }
  const after = Date.parse(firstSeen) - Date.parse(firstDeploy.dateFinished);
  return (
    <div className="since over">
      <DeployLink deploy={firstDeploy} />{' '}
      {after >= 0 && after < 7 * DAY && <span className="after">{formatSpan(after)} after</span>}
      <br />
      <span className="s2">
        <Time at={firstSeen} as="ago" />
      </span>
    </div>
  );
}

function Figure({ count, unit, className }: { count: number; unit: string; className: string }) {
  return (
    <div className={className}>
      {count === 0 ? <span className="qq">0</span> : formatCount(count)}
      <span className="vh"> {unit}</span>
    </div>
  );
}

export interface IssueRowProps {
  readonly org: string;
  readonly issue: Issue;
  /** Place in the list, from 0. */
  readonly index: number;
  readonly total: number;
  readonly deploys: readonly Deploy[];
  readonly sparkPeriod: '24h' | '14d';
  readonly now: number;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  readonly onSelect: (id: string, isRange: boolean) => void;
}

/** One issue: what, since which deploy, its shape, events, people. The whole row is the link's target. */
export const IssueRow = memo(function IssueRow(props: IssueRowProps) {
  const { org, issue, index, total, isCurrent, isSelected, onSelect, sparkPeriod } = props;
  const [type, value] = titleOf(issue);
  const badge = badgeOf(issue, props.now);
  const points = issue.stats[sparkPeriod] ?? [];
  const events = points.reduce((sum, [, count]) => sum + count, 0);
  const own = props.deploys.filter((deploy) => deploy.projects.includes(issue.project.slug));
  return (
    <li
      className={isSelected ? 'sel' : ''}
      aria-current={isCurrent ? 'true' : undefined}
      aria-posinset={index + 1}
      aria-setsize={total}
      data-issue={issue.id}
    >
      <div className="row">
        <input
          className="check"
          type="checkbox"
          aria-label={`Select ${issue.shortId}`}
          checked={isSelected}
          onChange={(event) =>
            onSelect(issue.id, event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)
          }
        />
        <div className="what">
          <div className="t">
            <Link
              to="/organizations/$org/issues/$issue"
              params={{ org, issue: issue.id }}
              title={issue.title}
            >
              <b>
                <bdi>{type}</bdi>
              </b>{' '}
              <bdi>{value}</bdi>
            </Link>
            {badge !== undefined && <span className="badge">{badge}</span>}
          </div>
          <div className="m">
            <span className="id">{issue.shortId}</span>
            <bdi className="mono" title={issue.culprit}>
              {issue.culprit}
            </bdi>
          </div>
        </div>
        <Since issue={issue} />
        <Sparkline
          points={points}
          deploys={own}
          label={`${counted(events, 'event', 'events')} in ${sparkPeriod === '24h' ? '24 hours' : '14 days'}`}
        />
        <Figure className="n ev" count={Number(issue.count)} unit="events" />
        <Figure
          className="n big pe"
          count={issue.userCount}
          unit={issue.userCount === 1 ? 'person' : 'people'}
        />
        <div className="age">
          <Time at={issue.lastSeen} as="age" />
        </div>
      </div>
    </li>
  );
});
