import type { Deploy, Issue } from '@culprit/api';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { deploysQuery, type IssueListFilter, issueListQuery, type Scope } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { counted } from '../../format/numbers.ts';
import { periodMsOf } from '../../format/times.ts';
import { DeployLink } from '../../ui/deploy-link.tsx';
import { Time } from '../../ui/time.tsx';

/** The newest deploy in scope that brought issues. */
export function accusedOf(deploys: readonly Deploy[], scope: Scope, now: number): Deploy | undefined {
  const since = now - periodMsOf(scope.statsPeriod);
  return deploys
    .filter(
      (deploy) =>
        deploy.newIssues > 0 &&
        Date.parse(deploy.dateFinished) >= since &&
        (scope.project === undefined || deploy.projects.includes(scope.project)) &&
        (scope.environment === undefined || deploy.environment === scope.environment),
    )
    .reduce<Deploy | undefined>(
      (newest, deploy) =>
        newest === undefined || Date.parse(deploy.dateFinished) > Date.parse(newest.dateFinished)
          ? deploy
          : newest,
      undefined,
    );
}

function widestOf(issues: readonly Issue[], deploy: Deploy): Issue | undefined {
  return issues
    .filter(({ firstDeploy }) => firstDeploy?.id === deploy.id)
    .reduce<Issue | undefined>(
      (widest, issue) => (widest === undefined || issue.userCount > widest.userCount ? issue : widest),
      undefined,
    );
}

function People({ issue }: { issue: Issue }) {
  return (
    <>
      {'; '}
      <b>{issue.shortId}</b> alone has hit <b>{counted(issue.userCount, 'person', 'people')}</b> since{' '}
      <Time at={issue.firstSeen} as="when" />
    </>
  );
}

/** The answer in a sentence: which deploy brought what. Silent when none did. */
export function Headline({ org, scope }: { org: string; scope: Scope }) {
  const { api, ticker } = useApp();
  const deploys = useQuery(deploysQuery(api, org));
  const deploy = accusedOf(deploys.data ?? [], scope, ticker.now());
  const query = deploy === undefined ? '' : `first-release:${deploy.version}`;
  const filter: IssueListFilter = { ...scope, query, sort: 'user' };
  const brought = useInfiniteQuery({ ...issueListQuery(api, org, filter), enabled: deploy !== undefined });
  if (deploy === undefined) return null;
  const widest = widestOf(brought.data?.pages.flatMap(({ items }) => items) ?? [], deploy);
  return (
    <p className="find lead">
      <DeployLink deploy={deploy} /> on <bdi>{deploy.projects.join(', ')}</bdi> brought{' '}
      <b>{counted(deploy.newIssues, 'issue', 'issues')}</b>
      {widest !== undefined && widest.userCount > 0 && <People issue={widest} />}.{' '}
      <Link className="link" to="/organizations/$org/issues" params={{ org }} search={{ query }}>
        See {deploy.newIssues === 1 ? 'it' : 'them'}
      </Link>
    </p>
  );
}
