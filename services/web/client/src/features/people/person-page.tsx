import type { Person } from '@culprit/api';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef } from 'react';
import { personQuery } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { useScope } from '../../app/scope.ts';
import { counted } from '../../format/numbers.ts';
import { Page } from '../../shell/page.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Icon } from '../../ui/icon.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { FailureNote } from '../../ui/note.tsx';
import { Time } from '../../ui/time.tsx';
import { FailuresChart } from './failures-chart.tsx';
import { Moments } from './moments.tsx';
import { PersonSide } from './person-side.tsx';
import { Problems } from './problems.tsx';

function PersonField({ who, answer }: { who: string; answer: string }) {
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current !== null) input.current.value = who;
  }, [who]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void navigate({ to: '.', search: (before) => ({ ...before, who: input.current?.value.trim() }) });
  };
  return (
    <>
      <search>
        <form className="field big" onSubmit={submit}>
          <Icon name="search" />
          <input
            ref={input}
            type="text"
            defaultValue={who}
            aria-label="Find a person by email, id, username or IP address"
            autoCapitalize="off"
            autoComplete="off"
            spellCheck={false}
          />
          <span className="qq small hide-s" role="status">
            {answer}
          </span>
          <kbd>/</kbd>
        </form>
      </search>
      <p className="small qq hint">
        Email, id, username or IP address. All projects you may see are searched.
      </p>
    </>
  );
}

function Finding({ person }: { person: Person }) {
  const open = person.issues.filter(({ issue }) => issue.status === 'unresolved');
  const { issues, events } = person.totals;
  return (
    <p className="find">
      Met <b>{counted(issues, 'problem', 'problems')}</b>,{' '}
      {events === 1 ? 'once' : `${counted(events, 'time', 'times')}`}
      {open.length === issues ? '' : `; ${open.length === 0 ? 'none' : open.length} of them still open`}
      {person.lastSeen !== null && (
        <>
          . The last one <Time at={person.lastSeen} />
        </>
      )}
      .
    </p>
  );
}

function Found({ org, person }: { org: string; person: Person }) {
  return (
    <>
      <div className="head person-head">
        <div>
          <h1 className="wrap">
            <bdi>{person.query}</bdi>
          </h1>
          <Finding person={person} />
        </div>
      </div>
      <FailuresChart person={person} />
      <div className="cols">
        <div>
          <Problems org={org} issues={person.issues} />
          <Moments org={org} events={person.events} total={person.totals.events} />
        </div>
        <PersonSide person={person} />
      </div>
    </>
  );
}

/** What did this customer run into? */
export function PersonPage() {
  const { api } = useApp();
  const { org } = useScope();
  const who = (useSearch({ strict: false }).who ?? '').trim();
  const { data, error, refetch, isFetching } = useQuery(personQuery(api, org, who));
  const isUnknown = data !== undefined && data.totals.events === 0;
  const answer = who === '' || isFetching || data === undefined ? '' : isUnknown ? 'nobody found' : 'found';
  return (
    <Page title={who === '' ? 'People' : who} trail={[['People', undefined]]}>
      {(who === '' || data === undefined || isUnknown) && <h1 className="vh">People</h1>}
      <PersonField who={who} answer={answer} />
      {error !== null && data === undefined && (
        <FailureNote what="This person" error={error} onRetry={() => void refetch()} />
      )}
      {who !== '' && data === undefined && error === null && <LoadingRows what="this person" />}
      {isUnknown && (
        <Empty title={`Nobody by ${who} was hit in the last 90 days`}>
          <p>
            Either nothing broke for them, or the SDK does not say who they are:{' '}
            <span className="mono">Sentry.setUser({'{ id, email }'})</span> tells it.
          </p>
        </Empty>
      )}
      {data !== undefined && !isUnknown && <Found org={org} person={data} />}
      {who === '' && (
        <Empty title="Who is it?">
          <p>
            Type what you know of them. You will see every problem they met, on which device, and since which
            deploy.
          </p>
        </Empty>
      )}
    </Page>
  );
}
