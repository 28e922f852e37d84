import { type ProjectKey, type ProjectKeyRequest, projectKeySchema } from '@culprit/api';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { keysQuery } from '../../api/queries.ts';
import { nothingSchema } from '../../api/request.ts';
import { projectPath } from '../../api/settings-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { counted } from '../../format/numbers.ts';
import { Confirm } from '../../ui/confirm.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { LoadingRows } from '../../ui/loading.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { FailureNote, Note } from '../../ui/note.tsx';
import { Time } from '../../ui/time.tsx';
import { reasonFor, SelectField, SettingsForm, SwitchRow, TextField, textOf } from './fields.tsx';
import type { SettingsProps } from './project-change.ts';
import { WINDOWS, windowWord } from './windows.ts';

/** Changes of the keys of a project. */
function useKeys({ org, project }: SettingsProps) {
  const { api, toasts } = useApp();
  const queryClient = useQueryClient();
  const path = `${projectPath(org, project.id)}keys/`;
  const onSettled = () => queryClient.invalidateQueries({ queryKey: ['keys', org] });
  const make = useMutation({
    mutationFn: (body: ProjectKeyRequest) => api.request(projectKeySchema, path, { method: 'POST', body }),
    onSuccess: () => toasts.say('A new key is ready'),
    onSettled,
  });
  const change = useMutation({
    mutationFn: ({ id, ...body }: ProjectKeyRequest & { id: string }) =>
      api.request(projectKeySchema, `${path}${id}/`, { method: 'PUT', body }),
    // What was switched shows it at once; the server's word follows.
    onMutate: async ({ id, isActive }) => {
      const { queryKey } = keysQuery(api, org, project.slug);
      await queryClient.cancelQueries({ queryKey });
      const switched = (key: ProjectKey): ProjectKey =>
        key.id === id && isActive !== undefined ? { ...key, isActive } : key;
      queryClient.setQueryData(
        queryKey,
        (list) =>
          list && {
            ...list,
            pages: list.pages.map((page) => ({ ...page, items: page.items.map(switched) })),
          },
      );
    },
    onSettled,
  });
  const remove = useMutation({
    mutationFn: (id: string) => api.request(nothingSchema, `${path}${id}/`, { method: 'DELETE' }),
    onSuccess: () => toasts.say('The key is deleted'),
    onSettled,
  });
  return { make, change, remove, toasts };
}

function RateLimit({ of, ...props }: SettingsProps & { of: ProjectKey }) {
  const { change, toasts } = useKeys(props);
  return (
    <SettingsForm
      label={`Limit of ${of.name}`}
      isReadOnly={props.isReadOnly}
      isPending={change.isPending}
      error={change.error}
      known={['rateLimit']}
      onSave={(values, done) => {
        const count = Number(textOf(values, 'count') || 0);
        const rateLimit = count === 0 ? null : { count, window: Number(textOf(values, 'window')) };
        change.mutate(
          { id: of.id, rateLimit },
          {
            onSuccess: () => {
              toasts.say('Saved');
              done();
            },
          },
        );
      }}
    >
      <div className="setting-pair tight">
        <TextField
          label="At most"
          name="count"
          type="number"
          min={0}
          step={1}
          unit="events"
          placeholder="No limit"
          defaultValue={of.rateLimit?.count ?? ''}
          reason={reasonFor(change.error, 'rateLimit')}
        />
        <SelectField
          label="Every"
          name="window"
          defaultValue={String(of.rateLimit?.window ?? 60)}
          choices={withWindow(of.rateLimit?.window)}
        />
      </div>
    </SettingsForm>
  );
}

/** A key's window is a day at most. */
function withWindow(window: number | undefined): readonly (readonly [string, string])[] {
  const seconds = WINDOWS.filter((one) => one <= 86_400);
  const all = window === undefined || seconds.includes(window) ? seconds : [...seconds, window];
  return all.toSorted((a, b) => a - b).map((one) => [String(one), windowWord(one)]);
}

function limitWord({ rateLimit }: ProjectKey): string {
  if (rateLimit === null) return 'no limit';
  return `at most ${counted(rateLimit.count, 'event', 'events')} every ${windowWord(rateLimit.window)}`;
}

function DeleteKey({ of, ...props }: SettingsProps & { of: ProjectKey }) {
  const [isAsked, setAsked] = useState(false);
  const { remove } = useKeys(props);
  return (
    <>
      <button
        className="btn"
        type="button"
        aria-label={`Delete the key ${of.name}…`}
        onClick={() => setAsked(true)}
      >
        Delete…
      </button>
      <Confirm
        title={`Delete the key ${of.name}`}
        verb="Delete the key"
        isOpen={isAsked}
        isPending={remove.isPending}
        error={remove.error}
        onOpenChange={setAsked}
        onConfirm={() => remove.mutate(of.id)}
      >
        <p>
          What is sent with it is refused within seconds, for ever. To stop it for a while, switch it off
          instead.
        </p>
      </Confirm>
    </>
  );
}

const ENDPOINTS: readonly (readonly ['security' | 'minidump', string])[] = [
  ['security', 'Security reports (CSP, Expect-CT)'],
  ['minidump', 'Minidumps'],
];

function Key({ of, ...props }: SettingsProps & { of: ProjectKey }) {
  const { change, toasts } = useKeys(props);
  const turn = (isActive: boolean): void =>
    change.mutate(
      { id: of.id, isActive },
      {
        onSuccess: () =>
          toasts.say(isActive ? `${of.name} is on` : `${of.name} is off: its events are refused`, () =>
            change.mutate({ id: of.id, isActive: !isActive }),
          ),
        onError: (error) => toasts.say(`Not changed: ${error.message}`),
      },
    );
  return (
    <li className="key">
      <SwitchRow
        label={of.name}
        description={
          <>
            made <Time at={of.dateCreated} as="ago" />, {limitWord(of)}
          </>
        }
        isOn={of.isActive}
        isDisabled={props.isReadOnly}
        onChange={turn}
        {...(props.isReadOnly ? {} : { end: <DeleteKey {...props} of={of} /> })}
      />
      <div className="dsn">
        <code className="wrap">{of.dsn.public}</code>
        <CopyButton text={of.dsn.public} label={`Copy the DSN of ${of.name}`} className="bare" />
      </div>
      <details>
        <summary className="q small">Limit and other addresses</summary>
        <RateLimit {...props} of={of} />
        <dl className="kv addresses">
          {ENDPOINTS.map(([kind, word]) => (
            <div className="pair-row" key={kind}>
              <dt>{word}</dt>
              <dd>
                <code className="wrap">{of.dsn[kind]}</code>
                <CopyButton text={of.dsn[kind]} label={`Copy: ${word}`} className="bare" />
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}

function NewKey(props: SettingsProps) {
  const { make } = useKeys(props);
  return (
    <section className="sec" aria-labelledby="h-new-key">
      <header>
        <h2 id="h-new-key">Another key</h2>
        <span className="n">one for each app or team that sends here can be stopped by itself</span>
      </header>
      <form
        className="flex wraps"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          make.mutate({ name: textOf(new FormData(form), 'name') }, { onSuccess: () => form.reset() });
        }}
      >
        <span className="field">
          <input
            name="name"
            aria-label="Name of the new key"
            placeholder="Its name"
            required
            maxLength={64}
          />
        </span>
        <button className="btn" type="submit" disabled={make.isPending}>
          Make a key
        </button>
      </form>
      {make.error !== null && (
        <Note tone="suspect" role="alert">
          <p>{make.error.message}</p>
        </Note>
      )}
    </section>
  );
}

/** Keys that SDKs send with. */
export function Keys(props: SettingsProps) {
  const { api } = useApp();
  const list = useInfiniteQuery(keysQuery(api, props.org, props.project.slug));
  if (list.error !== null && list.data === undefined) {
    return <FailureNote what="The keys" error={list.error} onRetry={() => void list.refetch()} />;
  }
  if (list.data === undefined) return <LoadingRows what="the keys" rows={3} />;
  const keys = list.data.pages.flatMap(({ items }) => items);
  return (
    <>
      <section aria-label="Keys">
        {keys.length === 0 ? (
          <p className="q">There is no key: nothing can be sent.</p>
        ) : (
          <ul className="keys">
            {keys.map((key) => (
              <Key key={key.id} {...props} of={key} />
            ))}
          </ul>
        )}
        <MoreButton list={list} />
      </section>
      <p className="under">
        <Link
          className="link"
          to="/organizations/$org/setup"
          params={{ org: props.org }}
          search={{ project: props.project.slug }}
        >
          How an SDK is set up with it
        </Link>
      </p>
      {!props.isReadOnly && <NewKey {...props} />}
    </>
  );
}
