import type { Project } from '@culprit/api';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Fragment, useEffect, useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import { keysQuery, projectsQuery } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { useScope } from '../../app/scope.ts';
import { Page } from '../../shell/page.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { FailureNote } from '../../ui/note.tsx';
import { TonedLine } from '../../ui/toned-line.tsx';
import { FirstEvent } from './first-event.tsx';
import { PLATFORMS, platformOf } from './snippets.ts';

export function Snippet({
  text,
  label,
  isWrapped = false,
}: {
  text: string;
  label: string;
  isWrapped?: boolean;
}) {
  return (
    <div className="snipbox">
      <CodeBlock className={isWrapped ? 'snip wrapped' : 'snip'} name={label}>
        {text.split('\n').map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of one snippet never move.
          <Fragment key={i}>
            {i > 0 && '\n'}
            <TonedLine text={line} />
          </Fragment>
        ))}
      </CodeBlock>
      <CopyButton text={text} label={`Copy: ${label}`} />
    </div>
  );
}

function Step({
  rank,
  title,
  note,
  children,
}: {
  rank: number;
  title: string;
  note?: string;
  children: React.ReactNode;
}) {
  return (
    <section className="sec step" aria-labelledby={`h-${rank}`}>
      <header>
        <span className="rank">{rank}</span>
        <h2 id={`h-${rank}`}>{title}</h2>
        {note !== undefined && <span className="n">{note}</span>}
      </header>
      {children}
    </section>
  );
}

function Steps({ platform, dsn }: { platform: (typeof PLATFORMS)[number]; dsn: string }) {
  return (
    <>
      <Step rank={1} title="Install">
        <Snippet text={platform.install} label="Install" />
      </Step>
      <Step rank={2} title="Start it before anything else" note={platform.file}>
        <Snippet text={platform.init(dsn)} label="Start" />
      </Step>
      <Step rank={3} title="Break something">
        <Snippet text={platform.test} label="Break something" />
      </Step>
      <Step rank={4} title="Tell Culprit about deploys" note="so that it can name the one that breaks">
        <Snippet
          text={'sentry-cli deploys new --release "$VERSION" --env production'}
          label="Tell about deploys"
        />
      </Step>
    </>
  );
}

function ProjectSetup({ org, project }: { org: string; project: Project }) {
  const { api } = useApp();
  const [chosen, setChosen] = useState(() => platformOf(project.platform).key);
  const { data, error, refetch, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery(
    keysQuery(api, org, project.slug),
  );
  const dsn = data?.pages.flatMap(({ items }) => items).find(({ isActive }) => isActive)?.dsn.public;
  const isLooking = dsn === undefined && hasNextPage && error === null;
  useEffect(() => {
    if (isLooking && !isFetching) void fetchNextPage();
  }, [isLooking, isFetching, fetchNextPage]);
  if (error !== null) return <FailureNote what="The keys" error={error} onRetry={() => void refetch()} />;
  if (data === undefined || isLooking) return <LoadingRows what="the keys" />;
  if (dsn === undefined) return <p className="q">This project has no active key.</p>;
  return (
    <div className="cols wideside">
      <div>
        <section className="sec" aria-labelledby="h-plat">
          <header>
            <h2 id="h-plat">Platform</h2>
            <span className="n">any Sentry SDK works</span>
          </header>
          <RadioGroup className="plats" aria-labelledby="h-plat" value={chosen} onChange={setChosen}>
            {PLATFORMS.map(({ key, word }) => (
              <Radio key={key} value={key}>
                {word}
              </Radio>
            ))}
          </RadioGroup>
        </section>
        <Steps platform={PLATFORMS.find(({ key }) => key === chosen) ?? platformOf(null)} dsn={dsn} />
      </div>
      <aside aria-label="What has arrived">
        <FirstEvent key={project.id} org={org} project={project} dsn={dsn} />
      </aside>
    </div>
  );
}

/** Why has nothing arrived yet? Turns to the first event by itself. */
export function SetupPage() {
  const { api } = useApp();
  const { org, scope } = useScope();
  const { data, error, refetch } = useQuery(projectsQuery(api, org));
  const project =
    data?.find(({ slug }) => slug === scope.project) ??
    data?.find(({ firstEvent, isInternal }) => firstEvent === null && !isInternal) ??
    data?.[0];
  return (
    <Page title="Set up" trail={[['Set up', undefined]]} scope={['project']}>
      <h1>
        {project === undefined ? (
          'Send the first error'
        ) : (
          <>
            Send <bdi>{project.slug}</bdi>’s first error
          </>
        )}
      </h1>
      <p className="find">
        Use the Sentry SDK you already know; only the DSN changes. What you see here, programs can ask for:{' '}
        <Link to="/organizations/$org/api" params={{ org }}>
          the API
        </Link>
        .
      </p>
      {error !== null && <FailureNote what="The projects" error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <LoadingRows what="the projects" />}
      {project !== undefined && <ProjectSetup key={project.id} org={org} project={project} />}
    </Page>
  );
}
