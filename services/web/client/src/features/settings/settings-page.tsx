import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { accountQuery, projectsQuery } from '../../api/queries.ts';
import { projectQuery } from '../../api/settings-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { NotFound } from '../../app/not-found.tsx';
import { useScope } from '../../app/scope.ts';
import { Page } from '../../shell/page.tsx';
import { Icon } from '../../ui/icon.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { FailureNote } from '../../ui/note.tsx';
import { Filters } from './filters.tsx';
import { General } from './general.tsx';
import { Keys } from './keys.tsx';
import { Limits } from './limits.tsx';
import type { SettingsProps } from './project-change.ts';
import { Scrubbing } from './scrubbing.tsx';

const SECTIONS: readonly (readonly [path: string, word: string, (props: SettingsProps) => ReactNode])[] = [
  ['general', 'General', General],
  ['keys', 'Client keys', Keys],
  ['filters', 'Inbound filters', Filters],
  ['scrubbing', 'Data scrubbing', Scrubbing],
  ['limits', 'Rate limits', Limits],
];

function Sections({ org, section }: { org: string; section: string }) {
  const bar = useRef<HTMLElement>(null);
  // On a phone the sections are wider than the screen.
  useEffect(() => {
    bar.current
      ?.querySelector(`[data-section="${section}"]`)
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [section]);
  return (
    <nav className="tabs" aria-label="Settings" ref={bar}>
      {SECTIONS.map(([path, word]) => (
        <Link
          key={path}
          data-section={path}
          to="/organizations/$org/settings/$section"
          params={{ org, section: path }}
          activeProps={{ 'aria-current': 'page' }}
        >
          {word}
        </Link>
      ))}
    </nav>
  );
}

function Body({
  org,
  slug,
  Section,
}: {
  org: string;
  slug: string;
  Section: (props: SettingsProps) => ReactNode;
}) {
  const { api } = useApp();
  const { data: account } = useQuery(accountQuery(api));
  const { data: project, error, refetch } = useQuery(projectQuery(api, org, slug));
  const role = account?.organizations.find((one) => one.slug === org || one.id === org)?.role;
  const isReadOnly = role !== 'owner' && role !== 'admin';
  if (error !== null && project === undefined) {
    return <FailureNote what="The settings" error={error} onRetry={() => void refetch()} />;
  }
  if (project === undefined) return <LoadingRows what="the settings" />;
  return (
    <>
      {isReadOnly && (
        <p className="q under">
          <Icon name="info" small /> Owners and admins of the organization can change these.
        </p>
      )}
      {/* Of another project everything is made anew, also what was typed and not saved. */}
      <Section key={project.id} org={org} project={project} isReadOnly={isReadOnly} />
    </>
  );
}

/** How one project is set: what it is called, who may send, what is not wanted, taken out, and too much. */
export function SettingsPage() {
  const { api } = useApp();
  const { org, scope } = useScope();
  const { section = '' } = useParams({ strict: false });
  const { data, error, refetch } = useQuery(projectsQuery(api, org));
  const found = SECTIONS.find(([path]) => path === section);
  if (found === undefined) return <NotFound />;
  const [, word, Section] = found;
  const slug = scope.project ?? data?.[0]?.slug;
  return (
    <Page title={`${word}, ${slug ?? 'settings'}`} trail={[['Settings', undefined]]} scope={['project']}>
      <h1>
        {slug === undefined ? (
          'Settings'
        ) : (
          <>
            Settings of <bdi>{slug}</bdi>
          </>
        )}
      </h1>
      <Sections org={org} section={section} />
      <div className="settings">
        {error !== null && slug === undefined && (
          <FailureNote what="The projects" error={error} onRetry={() => void refetch()} />
        )}
        {slug === undefined && error === null && <LoadingRows what="the projects" />}
        {slug !== undefined && <Body org={org} slug={slug} Section={Section} />}
      </div>
    </Page>
  );
}
