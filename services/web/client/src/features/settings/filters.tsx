import type { ProjectDetail, ProjectFilter } from '@culprit/api';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { nothingSchema } from '../../api/request.ts';
import { filteredQuery, filtersQuery, projectPath } from '../../api/settings-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { counted, formatCount } from '../../format/numbers.ts';
import { LoadingRows } from '../../ui/loading.tsx';
import { FailureNote } from '../../ui/note.tsx';
import { Discarded } from './discarded.tsx';
import { reasonFor, SettingsForm, SwitchRow, TextArea, textOf } from './fields.tsx';
import { OldBrowsers } from './old-browsers.tsx';
import { type SettingsProps, useProjectChange, useProjectSwitch } from './project-change.ts';

type Sums = ReadonlyMap<string, number>;
type SwitchOption = keyof ProjectDetail['options'] &
  ('filters:react-hydration-errors' | 'filters:chunk-load-error' | 'sentry:csp_ignored_sources_defaults');

/** Switches that the API keeps among the options. */
const OPTION_SWITCHES: readonly (readonly [
  option: SwitchOption,
  reason: string,
  name: string,
  description: string,
])[] = [
  [
    'filters:react-hydration-errors',
    'react-hydration-errors',
    'React hydration errors',
    'What React says when the page of the server and that of the browser differ.',
  ],
  [
    'filters:chunk-load-error',
    'chunk-load-error',
    'Chunks that cannot be loaded',
    'Often a sign that a deploy took away what open pages still need: better left in.',
  ],
  [
    'sentry:csp_ignored_sources_defaults',
    'invalid-csp',
    'Security reports of extensions',
    'Violations of a content security policy that browser extensions and injected scripts cause, not your pages.',
  ],
];

/** What a list of patterns is kept as, counted as, and called. */
const LISTS = [
  {
    option: 'filters:error_messages',
    reason: 'error-message',
    label: 'Messages',
    hint: 'One pattern a line, for the whole of a message or of an exception, such as TypeError: *googletag*. * stands for anything.',
  },
  {
    option: 'filters:releases',
    reason: 'release-version',
    label: 'Releases',
    hint: 'One pattern a line, such as 1.* or web@5.2?.0.',
  },
  {
    option: 'filters:blacklisted_ips',
    reason: 'ip-address',
    label: 'Addresses',
    hint: 'One address or network a line, such as 203.0.113.7 or 10.0.0.0/8.',
  },
  {
    option: 'sentry:csp_ignored_sources',
    reason: 'invalid-csp',
    label: 'Sources of security reports',
    hint: 'Origins whose violations are not wanted, one a line.',
  },
] as const;

function Count({ of, sums }: { of: string; sums: Sums | undefined }) {
  const count = sums?.get(of);
  if (count === undefined || count === 0) return <span className="qq">0</span>;
  return <b className="mid">{formatCount(count)}</b>;
}

function useSwitch({ org, project }: SettingsProps) {
  const { api, toasts } = useApp();
  const queryClient = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: ({ id, body }: { id: string; body: { active: boolean } | { subfilters: string[] } }) =>
      api.request(nothingSchema, `${projectPath(org, project.id)}filters/${id}/`, { method: 'PUT', body }),
    // What was switched shows it at once; the server's word follows.
    onMutate: async ({ id, body }) => {
      const { queryKey } = filtersQuery(api, org, project.slug);
      await queryClient.cancelQueries({ queryKey });
      const active = 'active' in body ? body.active : body.subfilters;
      queryClient.setQueryData(queryKey, (filters) =>
        filters?.map((filter) => (filter.id === id ? { ...filter, active } : filter)),
      );
    },
    onError: (error) => toasts.say(`Not changed: ${error.message}`),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['filters', org] }),
  });
  return { mutate, toasts };
}

function FilterSwitch({
  filter,
  sums,
  ...props
}: SettingsProps & { filter: ProjectFilter; sums: Sums | undefined }) {
  const { mutate, toasts } = useSwitch(props);
  const { id, active: before } = filter;
  const undo = (): void =>
    mutate({ id, body: Array.isArray(before) ? { subfilters: before } : { active: before } });
  return (
    <SwitchRow
      label={filter.name}
      description={filter.description}
      isOn={filter.active !== false}
      isDisabled={props.isReadOnly}
      onChange={(active) =>
        mutate(
          { id, body: { active } },
          { onSuccess: () => toasts.say(`${filter.name}: ${active ? 'on' : 'off'}`, undo) },
        )
      }
      end={<Count of={filter.id} sums={sums} />}
    />
  );
}

function Switches({
  filters,
  sums,
  ...props
}: SettingsProps & { filters: readonly ProjectFilter[]; sums: Sums | undefined }) {
  const { mutate } = useSwitch(props);
  const turn = useProjectSwitch(props);
  const browsers = filters.find(({ id }) => id === 'legacy-browsers');
  // Transactions are not kept at all: there is nothing to choose.
  const shown = filters.filter(({ id }) => id !== 'filtered-transaction');
  return (
    <section className="sec" aria-labelledby="h-switches">
      <header>
        <h2 id="h-switches">What is not wanted</h2>
        <span className="ctl qq small">kept out in 24 h</span>
      </header>
      <ul className="switches">
        {shown.map((filter) => (
          <li key={filter.id}>
            <FilterSwitch {...props} filter={filter} sums={sums} />
            {filter === browsers && filter.active !== false && (
              <OldBrowsers
                chosen={Array.isArray(filter.active) ? filter.active : []}
                isReadOnly={props.isReadOnly}
                onChange={(subfilters) => mutate({ id: filter.id, body: { subfilters } })}
              />
            )}
          </li>
        ))}
        {OPTION_SWITCHES.map(([option, reason, name, description]) => (
          <li key={option}>
            <SwitchRow
              label={name}
              description={description}
              isOn={props.project.options[option] === true}
              isDisabled={props.isReadOnly}
              onChange={(isOn) =>
                turn({ options: { [option]: isOn } }, `${name}: ${isOn ? 'on' : 'off'}`, {
                  options: { [option]: !isOn },
                })
              }
              end={<Count of={reason} sums={sums} />}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Lists({ sums, ...props }: SettingsProps & { sums: Sums | undefined }) {
  const { project, isReadOnly } = props;
  const { change, isPending, error } = useProjectChange(props);
  return (
    <section className="sec" aria-labelledby="h-lists">
      <header>
        <h2 id="h-lists">By pattern</h2>
      </header>
      <SettingsForm
        label="Filters by pattern"
        isReadOnly={isReadOnly}
        isPending={isPending}
        error={error}
        known={LISTS.map(({ option }) => `options.${option}`)}
        onSave={(values, done) =>
          change(
            { options: Object.fromEntries(LISTS.map(({ option }) => [option, textOf(values, option)])) },
            done,
          )
        }
      >
        {LISTS.map(({ option, reason, label, hint }) => (
          <TextArea
            key={option}
            label={label}
            name={option}
            defaultValue={project.options[option] ?? ''}
            reason={reasonFor(error, `options.${option}`)}
            hint={
              <>
                {hint} Kept out in 24 h: <Count of={reason} sums={sums} />
              </>
            }
          />
        ))}
      </SettingsForm>
    </section>
  );
}

/** Which events are answered as if they were taken, and not kept. */
export function Filters(props: SettingsProps) {
  const { api } = useApp();
  const { data, error, refetch } = useQuery(filtersQuery(api, props.org, props.project.slug));
  const { data: sums } = useQuery(filteredQuery(api, props.org, props.project.id));
  if (error !== null && data === undefined) {
    return <FailureNote what="The filters" error={error} onRetry={() => void refetch()} />;
  }
  if (data === undefined) return <LoadingRows what="the filters" rows={5} />;
  const total = sums === undefined ? undefined : [...sums.values()].reduce((sum, one) => sum + one, 0);
  return (
    <>
      <p className="find">
        What a filter takes costs no quota, and the SDK is told that all is well.
        {total !== undefined && total > 0 && (
          <>
            {' '}
            Filters kept out <b>{counted(total, 'event', 'events')}</b> in the last 24 hours.
          </>
        )}
      </p>
      <Switches {...props} filters={data} sums={sums} />
      <Lists {...props} sums={sums} />
      <Discarded {...props} />
    </>
  );
}
