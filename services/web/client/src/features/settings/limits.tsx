import type { Quota } from '@culprit/protocol';
import { DEFAULT_REASONS, quotaListSchema } from '@culprit/settings';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { projectPath, quotasQuery } from '../../api/settings-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { counted, formatBytes, formatCount } from '../../format/numbers.ts';
import { LoadingRows } from '../../ui/loading.tsx';
import { FailureNote, Note } from '../../ui/note.tsx';
import { reasonFor, SelectField, TextField } from './fields.tsx';
import type { SettingsProps } from './project-change.ts';
import { WINDOWS, windowWord } from './windows.ts';

type Category = Quota['categories'][number];

/** What is usually limited together. */
const KINDS: readonly (readonly [categories: readonly Category[], word: string])[] = [
  [['default', 'error', 'security'], 'Events'],
  [['attachment'], 'Bytes of attachments'],
  [['session'], 'Sessions'],
  [['feedback'], 'Feedback'],
  [['monitor'], 'Check-ins'],
  [[], 'Everything'],
];
const SCOPES: readonly (readonly [Quota['scope'], string])[] = [
  ['project', 'this project'],
  ['key', 'each key'],
  ['organization', 'all projects together'],
];

const keyOf = (categories: readonly string[]): string => [...categories].sort().join(',');

function kindChoices({ categories }: Quota): readonly (readonly [string, string])[] {
  const known = KINDS.map(([kind, word]) => [keyOf(kind), word] as const);
  const own = keyOf(categories);
  return known.some(([key]) => key === own) ? known : [...known, [own, categories.join(', ')]];
}

function windowChoices({ window }: Quota): readonly (readonly [string, string])[] {
  const all = WINDOWS.includes(window) ? WINDOWS : [...WINDOWS, window];
  return all.toSorted((a, b) => a - b).map((one) => [String(one), windowWord(one)]);
}

/** A number that is hard to read as it is typed; undefined: it is not. */
function limitWord({ categories, limit }: Quota): string | undefined {
  if (limit === null || limit < 10_000) return undefined;
  return categories.length === 1 && categories[0] === 'attachment' ? formatBytes(limit) : formatCount(limit);
}

/** A reason that says nothing but the scope goes along with it. */
function withScope(quota: Quota, scope: Quota['scope']): Quota {
  const isDefault = quota.reasonCode === DEFAULT_REASONS[quota.scope];
  return { ...quota, scope, reasonCode: isDefault ? DEFAULT_REASONS[scope] : quota.reasonCode };
}

/** An id that none of the others has. */
function freeId(quotas: readonly Quota[]): string {
  for (let rank = quotas.length + 1; ; rank++) {
    const id = `limit-${rank}`;
    if (quotas.every((quota) => quota.id !== id)) return id;
  }
}

function Limit({
  quota,
  rank,
  error,
  onChange,
  onRemove,
}: {
  quota: Quota;
  rank: number;
  error: Error | null;
  onChange: (quota: Quota) => void;
  onRemove: () => void;
}) {
  const reason = (field: string): string | undefined => reasonFor(error, `${rank}.${field}`);
  return (
    <li className="limit">
      <fieldset>
        <legend className="vh">Limit {rank + 1}</legend>
        <TextField
          label="At most"
          type="number"
          min={0}
          step={1}
          placeholder="No limit"
          hint={limitWord(quota)}
          value={quota.limit ?? ''}
          reason={reason('limit')}
          onChange={({ currentTarget: { value } }) =>
            onChange({ ...quota, limit: value === '' ? null : Math.max(0, Math.round(Number(value))) })
          }
        />
        <SelectField
          label="Every"
          value={String(quota.window)}
          choices={windowChoices(quota)}
          reason={reason('window')}
          onChange={({ currentTarget: { value } }) => onChange({ ...quota, window: Number(value) })}
        />
        <SelectField
          label="Of"
          value={keyOf(quota.categories)}
          choices={kindChoices(quota)}
          reason={reason('categories')}
          onChange={({ currentTarget: { value } }) =>
            onChange({ ...quota, categories: value === '' ? [] : (value.split(',') as Category[]) })
          }
        />
        <SelectField
          label="For"
          value={quota.scope}
          choices={SCOPES}
          onChange={({ currentTarget: { value } }) => onChange(withScope(quota, value as Quota['scope']))}
        />
        <TextField
          label="Reason"
          value={quota.reasonCode}
          reason={reason('reasonCode')}
          onChange={({ currentTarget: { value } }) => onChange({ ...quota, reasonCode: value })}
        />
        <button className="btn" type="button" onClick={onRemove}>
          Remove<span className="vh"> limit {rank + 1}</span>
        </button>
      </fieldset>
    </li>
  );
}

function Editor({ org, project, isReadOnly, saved }: SettingsProps & { saved: readonly Quota[] }) {
  const { api, toasts } = useApp();
  const queryClient = useQueryClient();
  // Until somebody writes, what is saved is shown: another's change is not taken back by one's own.
  const [written, setWritten] = useState<readonly Quota[] | undefined>(undefined);
  const draft = written ?? saved;
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () =>
      api.request(quotaListSchema, `${projectPath(org, project.id)}quotas/`, { method: 'PUT', body: draft }),
    onSuccess: (quotas) => {
      queryClient.setQueryData(quotasQuery(api, org, project.slug).queryKey, quotas);
      setWritten(undefined);
      toasts.say('Saved');
    },
  });
  const change = (quotas: readonly Quota[] | undefined): void => {
    reset();
    setWritten(quotas);
  };
  const isDirty = JSON.stringify(draft) !== JSON.stringify(saved);
  const isNamed = draft.some((_, rank) => reasonFor(error, String(rank)) !== undefined);
  const add = (): void =>
    change([
      ...draft,
      {
        id: freeId(draft),
        categories: ['default', 'error', 'security'],
        scope: 'project',
        limit: 1_000,
        window: 3_600,
        reasonCode: DEFAULT_REASONS.project,
      },
    ]);
  return (
    <form
      aria-label="Limits"
      onSubmit={(event) => {
        event.preventDefault();
        mutate();
      }}
    >
      <fieldset disabled={isReadOnly}>
        <ul className="limits">
          {draft.map((quota, rank) => (
            <Limit
              key={quota.id}
              quota={quota}
              rank={rank}
              error={error}
              onChange={(changed) => change(draft.map((one) => (one.id === quota.id ? changed : one)))}
              onRemove={() => change(draft.filter((one) => one.id !== quota.id))}
            />
          ))}
        </ul>
        {error !== null && !isNamed && (
          <Note tone="suspect" role="alert">
            <p>{error.message}</p>
          </Note>
        )}
        {!isReadOnly && (
          <div className="flex wraps">
            <button className="btn" type="button" onClick={add}>
              Add a limit
            </button>
            <button className="btn main" type="submit" disabled={!isDirty || isPending}>
              {isPending ? 'Saving' : 'Save'}
            </button>
            {isDirty && (
              <button className="btn bare" type="button" onClick={() => change(undefined)}>
                Take back
              </button>
            )}
          </div>
        )}
      </fieldset>
    </form>
  );
}

/** How much is taken. */
export function Limits(props: SettingsProps) {
  const { api } = useApp();
  const { data, error, refetch } = useQuery(quotasQuery(api, props.org, props.project.slug));
  if (error !== null && data === undefined) {
    return <FailureNote what="The limits" error={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined) return <LoadingRows what="the limits" rows={3} />;
  return (
    <>
      <p className="find">
        {data.length === 0 ? (
          <>
            <b>Everything is taken.</b> A limit keeps one project from filling the disk.
          </>
        ) : (
          <>
            <b>{counted(data.length, 'limit', 'limits')}.</b> Beyond a limit of events, the first of each new
            fault are kept all the same, so that a bad deploy is seen while others are dropped; from five
            times the limit on, SDKs are told to wait.
          </>
        )}
      </p>
      <Editor {...props} saved={data} />
      <p className="hint qq small">
        0 takes nothing. The reason stands in the answer to the SDK and in what happened to events. A key’s
        own limit is among the client keys.
      </p>
    </>
  );
}
