import { type ProjectDetail, type ProjectUpdate, projectDetailSchema } from '@culprit/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { projectPath, projectQuery } from '../../api/settings-queries.ts';
import { useApp } from '../../app/app-context.tsx';
import { useSetScope } from '../../shell/page.tsx';

/** What every section of the settings works with. */
export interface SettingsProps {
  readonly org: string;
  readonly project: ProjectDetail;
  /** This account may look, but not change. */
  readonly isReadOnly: boolean;
}

interface ProjectChange {
  /** `done` when the server has taken it. */
  readonly change: (update: ProjectUpdate, done?: () => void) => void;
  readonly isPending: boolean;
  readonly error: Error | null;
}

/** Changes settings and says so. A switch is undone by `undo`, a form by writing into it again. */
export function useProjectChange({ org, project }: SettingsProps): ProjectChange {
  const { api, toasts } = useApp();
  const queryClient = useQueryClient();
  const setScope = useSetScope();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (update: ProjectUpdate) =>
      api.request(projectDetailSchema, projectPath(org, project.id), { method: 'PUT', body: update }),
    onSuccess: async (changed) => {
      queryClient.setQueryData(projectQuery(api, org, changed.slug).queryKey, changed);
      if (changed.slug !== project.slug) setScope({ project: changed.slug });
      await queryClient.invalidateQueries({ queryKey: ['projects', org] });
    },
  });
  return {
    isPending,
    error,
    change: (update, done) =>
      mutate(update, {
        onSuccess: () => {
          toasts.say('Saved');
          done?.();
        },
      }),
  };
}

/** Without what is undefined. */
function given<Fields extends object>(
  fields: Fields,
): { [K in keyof Fields]?: Exclude<Fields[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof Fields]?: Exclude<Fields[K], undefined>;
  };
}

/** A switch of the project that is kept in one of its fields: says what it did, and takes it back. */
export function useProjectSwitch({
  org,
  project,
}: SettingsProps): (update: ProjectUpdate, what: string, undo: ProjectUpdate) => void {
  const { api, toasts } = useApp();
  const queryClient = useQueryClient();
  const { queryKey } = projectQuery(api, org, project.slug);
  const { mutate } = useMutation({
    mutationFn: (update: ProjectUpdate) =>
      api.request(projectDetailSchema, projectPath(org, project.id), { method: 'PUT', body: update }),
    // What was switched shows it at once; the server's word follows.
    onMutate: async ({ options, ...fields }) => {
      await queryClient.cancelQueries({ queryKey });
      queryClient.setQueryData(
        queryKey,
        (shown) => shown && { ...shown, ...given(fields), options: { ...shown.options, ...options } },
      );
    },
    onSuccess: (changed) => queryClient.setQueryData(queryKey, changed),
    onError: (error) => {
      toasts.say(`Not changed: ${error.message}`);
      return queryClient.invalidateQueries({ queryKey });
    },
  });
  return (update, what, undo) => mutate(update, { onSuccess: () => toasts.say(what, () => mutate(undo)) });
}
