import {
  projectDetailSchema,
  projectFilterSchema,
  type Stats,
  statsSchema,
  tombstoneSchema,
} from '@culprit/api';
import { quotaListSchema } from '@culprit/settings';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { organizationPath } from './queries.ts';
import type { Api } from './request.ts';

const segment = encodeURIComponent;

/** By slug or id. */
export const projectPath = (org: string, project: string): string =>
  `/api/0/projects/${segment(org)}/${segment(project)}/`;

export const projectQuery = (api: Api, org: string, project: string) =>
  queryOptions({
    queryKey: ['project', org, project],
    queryFn: ({ signal }) => api.request(projectDetailSchema, projectPath(org, project), { signal }),
  });

export const filtersQuery = (api: Api, org: string, project: string) =>
  queryOptions({
    queryKey: ['filters', org, project],
    queryFn: ({ signal }) =>
      api.request(z.array(projectFilterSchema), `${projectPath(org, project)}filters/`, { signal }),
  });

export const quotasQuery = (api: Api, org: string, project: string) =>
  queryOptions({
    queryKey: ['quotas', org, project],
    queryFn: ({ signal }) => api.request(quotaListSchema, `${projectPath(org, project)}quotas/`, { signal }),
  });

/** Newest first, in pages. */
export const tombstonesQuery = (api: Api, org: string, project: string) =>
  infiniteQueryOptions({
    queryKey: ['tombstones', org, project],
    initialPageParam: '',
    getNextPageParam: (page: { nextCursor: string | undefined }) => page.nextCursor,
    queryFn: ({ pageParam, signal }) =>
      api.page(z.array(tombstoneSchema), `${projectPath(org, project)}tombstones/`, {
        signal,
        query: { cursor: pageParam || undefined },
      }),
  });

/** What events, reports and feedback count as; attachments would count bytes. */
const EVENT_CATEGORIES = ['default', 'error', 'security', 'feedback'];

/** Events of the last day that were filtered, by the reason. */
export const filteredQuery = (api: Api, org: string, projectId: string) =>
  queryOptions({
    queryKey: ['filtered', org, projectId],
    refetchInterval: 30_000,
    queryFn: async ({ signal }) =>
      sumsByReason(
        await api.request(statsSchema, `${organizationPath(org)}stats_v2/`, {
          signal,
          query: {
            field: 'sum(quantity)',
            groupBy: 'reason',
            outcome: 'filtered',
            category: EVENT_CATEGORIES,
            project: projectId,
            statsPeriod: '24h',
          },
        }),
      ),
  });

function sumsByReason({ groups }: Stats): ReadonlyMap<string, number> {
  return new Map(groups.map(({ by, totals }) => [String(by.reason), totals['sum(quantity)'] ?? 0]));
}
