import type { EventDetail, IssueDetail, TagSummary } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { tagsQuery } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { formatShare } from '../../format/numbers.ts';
import { formatSpan } from '../../format/times.ts';
import { initialsOf } from '../../shell/account-menu.tsx';
import { DeployLink } from '../../ui/deploy-link.tsx';
import { Icon } from '../../ui/icon.tsx';
import { FailureNote } from '../../ui/note.tsx';
import { Time } from '../../ui/time.tsx';
import { UserReports } from './user-reports.tsx';

const SHOWN_VALUES = 3;

function Tag({ tag }: { tag: TagSummary }) {
  const top = tag.topValues.slice(0, SHOWN_VALUES);
  const total = Math.max(1, tag.totalValues);
  const rest = tag.totalValues - top.reduce((sum, { count }) => sum + count, 0);
  return (
    <div className="tag">
      <span className="key">
        <bdi>{tag.key}</bdi>
      </span>
      <span className="of">
        {tag.uniqueValues} {tag.uniqueValues === 1 ? 'value' : 'values'}
      </span>
      <span className="share" aria-hidden="true">
        {top.map(({ value, count }) => (
          <i key={value} style={{ flex: count }} />
        ))}
        {rest > 0 && <i className="r" style={{ flex: rest }} />}
      </span>
      <span className="vals wrap">
        {top.map(({ value, count }, i) => (
          <span key={value}>
            {i > 0 && ', '}
            <bdi>{value === '' ? '(empty)' : value}</bdi>
            {tag.uniqueValues > 1 && <span className="qq"> {formatShare(count / total)}</span>}
          </span>
        ))}
      </span>
    </div>
  );
}

function Tags({ org, issue, environment }: { org: string; issue: string; environment: string | undefined }) {
  const { api } = useApp();
  const { data, error, refetch } = useQuery(tagsQuery(api, org, issue, environment));
  return (
    <section className="sec" aria-labelledby="h-tags">
      <header>
        <h2 id="h-tags">Tags</h2>
        <span className="n">of all events</span>
      </header>
      {error !== null && <FailureNote what="The tags" error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && <p className="q small">The SDK sent none.</p>}
      {data?.map((tag) => (
        <Tag key={tag.key} tag={tag} />
      ))}
    </section>
  );
}

function ReleaseAndDeploy({ event }: { event: EventDetail }) {
  const { release, deploy, environment, dist } = event;
  const after =
    deploy === null ? undefined : Date.parse(event.dateReceived) - Date.parse(deploy.dateFinished);
  return (
    <section className="sec" aria-labelledby="h-release">
      <header>
        <h2 id="h-release">Release and deploy</h2>
        <span className="n">of this event</span>
      </header>
      <dl className="kv">
        <dt>Release</dt>
        <dd>
          {release === null ? <span className="qq">none sent</span> : <bdi>{release.version}</bdi>}
          {dist !== null && <span className="qq"> ({dist})</span>}
        </dd>
        <dt>Environment</dt>
        <dd>
          <bdi>{environment ?? 'none sent'}</bdi>
        </dd>
        <dt>Deploy</dt>
        <dd>
          {deploy === null ? <span className="qq">none known</span> : <DeployLink deploy={deploy} />}
          {after !== undefined && after >= 0 && <span className="qq"> {formatSpan(after)} after</span>}
        </dd>
        <dt>SDK</dt>
        <dd>
          {event.sdk === null ? (
            <span className="qq">not said</span>
          ) : (
            `${event.sdk.name} ${event.sdk.version}`
          )}
        </dd>
      </dl>
    </section>
  );
}

const ACTS: Readonly<Record<string, string>> = {
  set_resolved: 'resolved it',
  set_ignored: 'ignored it',
  set_unresolved: 'reopened it',
  set_regression: 'It came back',
  set_regressed: 'It came back',
  first_seen: 'First seen',
};

function Activity({ issue }: { issue: IssueDetail }) {
  return (
    <section className="sec" aria-labelledby="h-act">
      <header>
        <h2 id="h-act">Activity</h2>
      </header>
      <ol className="acts-list">
        {issue.activity.map(({ id, type, user, dateCreated }) => (
          <li key={id}>
            {user === null ? (
              <span className="g">
                <Icon name="info" small />
              </span>
            ) : (
              <span className="who" aria-hidden="true">
                {initialsOf(user.name || user.email)}
              </span>
            )}
            <span>
              {user !== null && (
                <b>
                  <bdi>{user.name || user.email}</bdi>
                </b>
              )}{' '}
              {ACTS[type] ?? type.replaceAll('_', ' ')}
            </span>
            <Time at={dateCreated} as="when" />
          </li>
        ))}
        <li>
          <span className="g">
            <Icon name="boom" small />
          </span>
          <span>
            First seen{issue.firstDeploy === null ? '' : `, in deploy #${issue.firstDeploy.number}`}
          </span>
          <Time at={issue.firstSeen} as="when" />
        </li>
      </ol>
    </section>
  );
}

/** Beside the event: what it belongs to, what all events of the issue have in common, what was done. */
export function Side({
  org,
  issue,
  event,
  environment,
}: {
  org: string;
  issue: IssueDetail;
  event: EventDetail | undefined;
  environment: string | undefined;
}) {
  return (
    <aside aria-label="About this issue">
      {event !== undefined && <ReleaseAndDeploy event={event} />}
      <UserReports org={org} issue={issue.id} />
      <Tags org={org} issue={issue.id} environment={environment} />
      <Activity issue={issue} />
    </aside>
  );
}
