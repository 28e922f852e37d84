import type { Deploy } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { deploysQuery } from '../api/queries.ts';
import { useApp } from '../app/app-context.tsx';
import { deployAnchor } from '../ui/deploy-link.tsx';
import { Icon } from '../ui/icon.tsx';
import { Time } from '../ui/time.tsx';

const MOST = 5;

/** The newest deploy to production of each project. */
export function liveDeploysOf(deploys: readonly Deploy[]): readonly (readonly [string, Deploy])[] {
  const live = new Map<string, Deploy>();
  const newestFirst = deploys
    .filter(({ environment }) => environment === 'production')
    .toSorted((a, b) => Date.parse(b.dateFinished) - Date.parse(a.dateFinished));
  for (const deploy of newestFirst) {
    for (const project of deploy.projects) if (!live.has(project)) live.set(project, deploy);
  }
  return [...live];
}

/** The heartbeat of every page: what runs now. Without a verdict it has no colour. */
export function LiveInProduction({ org }: { org: string }) {
  const { api } = useApp();
  const { data } = useQuery(deploysQuery(api, org));
  const live = liveDeploysOf(data ?? []);
  if (live.length === 0) return <div className="live" />;
  return (
    <section className="live" aria-label="Live in production">
      <h2>Live in production</h2>
      {live.slice(0, MOST).map(([project, deploy]) => (
        <Link
          key={project}
          to="/organizations/$org/deploys"
          params={{ org }}
          hash={deployAnchor(deploy)}
          title={`${project} #${deploy.number}, ${deploy.version}`}
        >
          <Icon name="deploys" small />
          <span className="clip">
            <b>
              <bdi>{project}</bdi>
            </b>{' '}
            #{deploy.number}
          </span>
          <span className="qq">
            <Time at={deploy.dateFinished} as="age" />
          </span>
        </Link>
      ))}
      {live.length > MOST && <p className="small qq">and {live.length - MOST} more</p>}
    </section>
  );
}
