import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Fragment, type ReactNode, useEffect } from 'react';
import { accountQuery, projectsQuery } from '../api/queries.ts';
import { useApp, usePreferences } from '../app/app-context.tsx';
import { PERIODS, useScope } from '../app/scope.ts';
import { formatPeriod } from '../format/times.ts';
import { ChoiceMenu } from '../ui/choice-menu.tsx';
import { Icon } from '../ui/icon.tsx';
import { AccountMenu } from './account-menu.tsx';

type ScopePart = 'project' | 'environment' | 'period';
const ALL = '';

/** Changes a part of the scope in the address; everything else of it stays. */
export function useSetScope(): (
  part: { project?: string | undefined } | { environment?: string | undefined } | { statsPeriod?: string },
) => void {
  const navigate = useNavigate();
  return (part) => void navigate({ to: '.', search: (before) => ({ ...before, ...part }), replace: true });
}

function ScopeMenus({ parts }: { parts: readonly ScopePart[] }) {
  const { api } = useApp();
  const { org, scope } = useScope();
  const setScope = useSetScope();
  const { data: projects = [] } = useQuery(projectsQuery(api, org));
  const inScope = projects.filter(({ slug }) => scope.project === undefined || slug === scope.project);
  const environments = [...new Set(inScope.flatMap((project) => project.environments))].sort();
  return (
    <>
      {parts.includes('project') && (
        <ChoiceMenu
          label="Project"
          chosen={scope.project ?? ALL}
          choices={[[ALL, 'All projects'], ...projects.map(({ slug }) => [slug, slug] as const)]}
          onChoose={(slug) => setScope({ project: slug === ALL ? undefined : slug })}
        />
      )}
      {parts.includes('environment') && (
        <ChoiceMenu
          className="hide-s"
          label="Environment"
          chosen={scope.environment ?? ALL}
          choices={[[ALL, 'All environments'], ...environments.map((name) => [name, name] as const)]}
          onChoose={(name) => setScope({ environment: name === ALL ? undefined : name })}
        />
      )}
      {parts.includes('period') && (
        <ChoiceMenu
          label="Period"
          icon={<Icon name="clock" small />}
          chosen={scope.statsPeriod}
          choices={[...new Set([...PERIODS, scope.statsPeriod])].map(
            (period) => [period, `Last ${formatPeriod(period)}`] as const,
          )}
          onChoose={(statsPeriod) => setScope({ statsPeriod })}
        />
      )}
    </>
  );
}

function ZoneSwitch() {
  const { preferences } = useApp();
  const { zone } = usePreferences();
  const other = zone === 'UTC' ? 'local' : 'UTC';
  return (
    <button
      className="btn bare hide-s"
      type="button"
      title={`Times are in ${zone === 'UTC' ? 'UTC' : 'local time'}. Switch: z`}
      onClick={() => preferences.set({ ...preferences.get(), zone: other })}
    >
      {zone === 'UTC' ? 'UTC' : 'Local'}
      <span className="vh"> time, switch</span>
    </button>
  );
}

/** Bar and body of a page. `trail` ends with where we are; its last part has no address. */
export function Page({
  title,
  trail,
  scope = [],
  aside,
  children,
}: {
  /** Of the window. */
  title: string;
  trail: readonly (readonly [ReactNode, 'issues' | undefined])[];
  scope?: readonly ScopePart[];
  /** Before the scope, in the bar. */
  aside?: ReactNode;
  children: ReactNode;
}) {
  const { api } = useApp();
  const { org } = useScope();
  const { data: account } = useQuery(accountQuery(api));
  useEffect(() => {
    document.title = `${title} · Culprit`;
  }, [title]);
  return (
    <>
      <header className="bar">
        <nav className="trail" aria-label="Where you are">
          {trail.map(([word, to], i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: places of a trail never move.
            <Fragment key={i}>
              {i > 0 && <span className="sep">/</span>}
              {to === undefined ? (
                <span aria-current="page">{word}</span>
              ) : (
                <Link to="/organizations/$org/issues" params={{ org }}>
                  {word}
                </Link>
              )}
            </Fragment>
          ))}
        </nav>
        <div className="scope">
          {aside}
          <ScopeMenus parts={scope} />
          <ZoneSwitch />
          {account !== null && account !== undefined && <AccountMenu account={account} inBar />}
        </div>
      </header>
      <main className="page" id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}
