import type { Issue } from '@culprit/api';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';

const keyOf = (org: string) => ['issue-order', org] as const;

/** Keeps the order of the list that was seen last, so that an issue's page knows its neighbours. */
export function useRememberOrder(org: string, issues: readonly Issue[]): void {
  const queryClient = useQueryClient();
  const ids = issues.map(({ id }) => id).join(',');
  useEffect(() => {
    if (ids !== '') queryClient.setQueryData(keyOf(org), ids.split(','));
  }, [queryClient, org, ids]);
}

export interface Neighbours {
  /** From 1. */
  readonly place: number;
  readonly of: number;
  readonly previous: string | undefined;
  readonly next: string | undefined;
}

/** undefined when the page was opened without a list before it. */
export function useNeighbours(org: string, issue: string): Neighbours | undefined {
  const order = useQueryClient().getQueryData<readonly string[]>(keyOf(org)) ?? [];
  const at = order.indexOf(issue);
  return at < 0
    ? undefined
    : { place: at + 1, of: order.length, previous: order[at - 1], next: order[at + 1] };
}
