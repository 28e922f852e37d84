import { bulkIssueUpdateSchema, type IssueStatus } from '@culprit/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { organizationPath } from '../../api/queries.ts';
import { useApp } from '../../app/app-context.tsx';

export interface StatusChange {
  readonly issues: readonly { readonly id: string; readonly shortId: string; readonly status: IssueStatus }[];
  readonly status: IssueStatus;
}

const DONE: Readonly<Record<IssueStatus, string>> = {
  resolved: 'Resolved',
  ignored: 'Ignored',
  unresolved: 'Reopened',
};

/** What undoes it: issues that had another status, by that status. */
export function undoOf({ issues, status }: StatusChange): readonly StatusChange[] {
  const before = [...new Set(issues.map((issue) => issue.status))].filter((one) => one !== status);
  return before.map((one) => ({
    status: one,
    issues: issues.filter((issue) => issue.status === one).map((issue) => ({ ...issue, status })),
  }));
}

/** Resolves, ignores or reopens issues, says so, and offers the way back. */
export function useStatusChange(org: string): { change: (change: StatusChange) => void; isPending: boolean } {
  const { api, toasts } = useApp();
  const queryClient = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: async (changes: readonly StatusChange[]) => {
      for (const { issues, status } of changes) {
        await api.request(
          z.union([bulkIssueUpdateSchema, z.undefined()]),
          `${organizationPath(org)}issues/`,
          {
            method: 'PUT',
            query: { id: issues.map(({ id }) => id) },
            body: { status },
          },
        );
      }
    },
    onError: (error) => toasts.say(`Not changed: ${error.message}`),
    onSettled: () =>
      Promise.all(
        ['issues', 'issue', 'arrivals', 'person'].map((key) =>
          queryClient.invalidateQueries({ queryKey: [key, org] }),
        ),
      ),
  });
  const change = (wanted: StatusChange): void => {
    const [first] = wanted.issues;
    if (first === undefined) return;
    const what = wanted.issues.length === 1 ? first.shortId : `${wanted.issues.length} issues`;
    const undo = undoOf(wanted);
    mutate([wanted], {
      onSuccess: () =>
        toasts.say(`${DONE[wanted.status]} ${what}`, undo.length === 0 ? undefined : () => mutate(undo)),
    });
  };
  return { change, isPending };
}
