import type { Deploy } from '@culprit/api';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { deployListQuery } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { useScope } from '../../app/scope.ts';
import { counted } from '../../format/numbers.ts';
import { liveDeploysOf } from '../../shell/live-in-production.tsx';
import { Page } from '../../shell/page.tsx';
import { deployAnchor } from '../../ui/deploy-link.tsx';
import { Empty } from '../../ui/empty.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { FailureNote } from '../../ui/note.tsx';
import { Time } from '../../ui/time.tsx';

function NewIssues({ org, deploy }: { org: string; deploy: Deploy }) {
  if (deploy.newIssues === 0) return <span className="qq">0</span>;
  return (
    <Link
      className="link"
      to="/organizations/$org/issues"
      params={{ org }}
      search={(before) => ({ ...before, query: `first-release:${deploy.version}`, statsPeriod: '90d' })}
    >
      {counted(deploy.newIssues, 'new issue', 'new issues')}
    </Link>
  );
}

function DeployRow({ org, deploy, isLive }: { org: string; deploy: Deploy; isLive: boolean }) {
  return (
    <tr id={deployAnchor(deploy)}>
      <td>
        <b>#{deploy.number}</b> <bdi>{deploy.projects.join(', ')}</bdi>
        <bdi className="two wrap">{deploy.version}</bdi>
        <span className="two show-s">
          <bdi>{deploy.environment}</bdi>
          {isLive && ', live now'}
        </span>
      </td>
      <td className="hide-s">
        <bdi>{deploy.environment}</bdi>
        {isLive && <span className="two">live now</span>}
      </td>
      <td>
        <Time at={deploy.dateFinished} as="when" />
        <span className="two">
          <Time at={deploy.dateFinished} as="ago" />
        </span>
      </td>
      <td>
        <NewIssues org={org} deploy={deploy} />
      </td>
      <td className="qq hide-s">No verdict yet</td>
    </tr>
  );
}

function NoDeploys() {
  return (
    <Empty title="No deploy was reported yet">
      <p>Tell Culprit when a release goes out, and every issue says which deploy brought it:</p>
      <pre className="snip">sentry-cli deploys new --release "$VERSION" --env production</pre>
    </Empty>
  );
}

function DeployTable({ org, deploys }: { org: string; deploys: readonly Deploy[] }) {
  const live = new Set(liveDeploysOf(deploys).map(([, deploy]) => deploy.id));
  return (
    <table className="deploys">
      <thead>
        <tr>
          <th>Deploy</th>
          <th className="hide-s">Environment</th>
          <th>Finished</th>
          <th>Brought</th>
          <th className="hide-s">Verdict</th>
        </tr>
      </thead>
      <tbody>
        {deploys.map((deploy) => (
          <DeployRow key={deploy.id} org={org} deploy={deploy} isLive={live.has(deploy.id)} />
        ))}
      </tbody>
    </table>
  );
}

/** What went out, where, and what came with it. */
export function DeploysPage() {
  const { api } = useApp();
  const { org, scope } = useScope();
  const list = useInfiniteQuery(deployListQuery(api, org));
  const { data, error, refetch } = list;
  const deploys = data?.pages.flatMap(({ items }) => items) ?? [];
  const shown = deploys.filter(
    (deploy) =>
      (scope.project === undefined || deploy.projects.includes(scope.project)) &&
      (scope.environment === undefined || deploy.environment === scope.environment),
  );
  return (
    <Page title="Deploys" trail={[['Deploys', undefined]]} scope={['project', 'environment']}>
      <h1>Deploys</h1>
      <p className="find">
        Newest first, with the issues first seen while each was live. Verdicts come with a later version.
      </p>
      <section className="sec" aria-label="Deploys">
        {error !== null && <FailureNote what="The deploys" error={error} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <LoadingRows what="deploys" />}
        {data !== undefined && shown.length === 0 && !list.hasNextPage && <NoDeploys />}
        {shown.length > 0 && <DeployTable org={org} deploys={shown} />}
        <MoreButton list={list} />
      </section>
    </Page>
  );
}
