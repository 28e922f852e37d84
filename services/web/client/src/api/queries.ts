import {
  accountSchema,
  deploySchema,
  eventDetailSchema,
  issueDetailSchema,
  issueSchema,
  openApiSchema,
  type Project,
  personSchema,
  projectKeySchema,
  projectSchema,
  seriesSchema,
  statsSchema,
  systemSchema,
  tagSummarySchema,
} from '@culprit/api';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { Api, Page } from './request.ts';

/** What the pages are about: from the address. */
export interface Scope {
  /** Slug; undefined: all. */
  readonly project: string | undefined;
  readonly environment: string | undefined;
  /** Such as `24h`. */
  readonly statsPeriod: string;
}

export const DEFAULT_PERIOD = '24h';
const LIVE_MS = 30_000;

const segment = encodeURIComponent;
export const organizationPath = (org: string): string => `/api/0/organizations/${segment(org)}/`;
export const issuePath = (org: string, id: string): string =>
  `${organizationPath(org)}issues/${segment(id)}/`;

const scopeQuery = ({ project, environment, statsPeriod }: Scope) => ({ project, environment, statsPeriod });

/** Who is logged in; null: nobody. */
export const accountQuery = (api: Api) =>
  queryOptions({
    queryKey: ['account'],
    staleTime: 300_000,
    queryFn: async ({ signal }) => {
      try {
        return await api.request(accountSchema, '/api/0/auth/', { signal });
      } catch (error) {
        if (error instanceof ApiError && (error.status === 401 || error.status === 404)) return null;
        throw error;
      }
    },
  });

/** Most projects that can be chosen from. */
const MOST_PROJECTS = 1_000;

/** All projects: who chooses one wants to see each. */
export const projectsQuery = (api: Api, org: string) =>
  queryOptions({
    queryKey: ['projects', org],
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const projects: Project[] = [];
      let cursor: string | undefined = '';
      while (cursor !== undefined && projects.length < MOST_PROJECTS) {
        const page: Page<Project[]> = await api.page(
          z.array(projectSchema),
          `${organizationPath(org)}projects/`,
          { signal, query: { cursor: cursor || undefined } },
        );
        projects.push(...page.items);
        cursor = page.nextCursor;
      }
      return projects;
    },
  });

/** Oldest first, in pages. */
export const keysQuery = (api: Api, org: string, project: string) =>
  infiniteQueryOptions({
    queryKey: ['keys', org, project],
    initialPageParam: '',
    getNextPageParam: (page: { nextCursor: string | undefined }) => page.nextCursor,
    queryFn: ({ pageParam, signal }) =>
      api.page(z.array(projectKeySchema), `/api/0/projects/${segment(org)}/${segment(project)}/keys/`, {
        signal,
        query: { cursor: pageParam || undefined },
      }),
  });

/** Newest first, in pages. */
export const deployListQuery = (api: Api, org: string) =>
  infiniteQueryOptions({
    queryKey: ['deploy-list', org],
    initialPageParam: '',
    getNextPageParam: (page: { nextCursor: string | undefined }) => page.nextCursor,
    refetchInterval: LIVE_MS,
    queryFn: ({ pageParam, signal }) =>
      api.page(z.array(deploySchema), `${organizationPath(org)}deploys/`, {
        signal,
        query: { cursor: pageParam || undefined },
      }),
  });

/** The newest ones. */
export const deploysQuery = (api: Api, org: string) =>
  queryOptions({
    queryKey: ['deploys', org],
    refetchInterval: LIVE_MS,
    queryFn: ({ signal }) =>
      api.request(z.array(deploySchema), `${organizationPath(org)}deploys/`, { signal }),
  });

export const ISSUE_PAGE = 100;

export interface IssueListFilter extends Scope {
  /** `is:unresolved …`; empty: all. */
  readonly query: string;
  readonly sort: 'date' | 'new' | 'freq' | 'user';
}

function issueListRequest(
  api: Api,
  org: string,
  filter: IssueListFilter,
  cursor: string,
  signal: AbortSignal,
) {
  return api.page(z.array(issueSchema), `${organizationPath(org)}issues/`, {
    signal,
    query: {
      ...scopeQuery(filter),
      query: filter.query,
      sort: filter.sort,
      groupStatsPeriod: sparkPeriodOf(filter.statsPeriod),
      limit: ISSUE_PAGE,
      cursor: cursor === '' ? undefined : cursor,
    },
  });
}

/** The rows' sparklines know two spans. */
export function sparkPeriodOf(statsPeriod: string): '24h' | '14d' {
  return /^([0-9]+[smh])$|^1d$/.test(statsPeriod) ? '24h' : '14d';
}

export const issueListQuery = (api: Api, org: string, filter: IssueListFilter) =>
  infiniteQueryOptions({
    queryKey: ['issues', org, filter],
    initialPageParam: '',
    getNextPageParam: (page: { nextCursor: string | undefined }) => page.nextCursor,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) => issueListRequest(api, org, filter, pageParam, signal),
  });

/** The first page again and again, to know of arrivals without moving a row. */
export const arrivalsQuery = (api: Api, org: string, filter: IssueListFilter) =>
  queryOptions({
    queryKey: ['arrivals', org, filter],
    refetchInterval: LIVE_MS,
    queryFn: async ({ signal }) => (await issueListRequest(api, org, filter, '', signal)).items,
  });

export const issueQuery = (api: Api, org: string, id: string) =>
  queryOptions({
    queryKey: ['issue', org, id],
    refetchInterval: LIVE_MS,
    queryFn: ({ signal }) => api.request(issueDetailSchema, issuePath(org, id), { signal }),
  });

export const eventQuery = (api: Api, org: string, issue: string, event: string) =>
  queryOptions({
    queryKey: ['event', org, issue, event],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.request(eventDetailSchema, `${issuePath(org, issue)}events/${segment(event)}/`, { signal }),
  });

export const tagsQuery = (api: Api, org: string, issue: string, environment: string | undefined) =>
  queryOptions({
    queryKey: ['tags', org, issue, environment],
    queryFn: ({ signal }) =>
      api.request(z.array(tagSummarySchema), `${issuePath(org, issue)}tags/`, {
        signal,
        query: { environment },
      }),
  });

export const issueSeriesQuery = (api: Api, org: string, issue: string, { environment, statsPeriod }: Scope) =>
  queryOptions({
    queryKey: ['series', org, issue, environment, statsPeriod],
    refetchInterval: LIVE_MS,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.request(seriesSchema, `${issuePath(org, issue)}series/`, {
        signal,
        query: { environment, statsPeriod },
      }),
  });

export const timelineQuery = (api: Api, org: string, scope: Scope) =>
  queryOptions({
    queryKey: ['timeline', org, scope],
    refetchInterval: LIVE_MS,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.request(seriesSchema, `${organizationPath(org)}timeline/`, { signal, query: scopeQuery(scope) }),
  });

/** What became of items, per interval, by outcome, reason and category. `interval` such as `1d`. */
export const outcomesQuery = (api: Api, org: string, { project, statsPeriod }: Scope, interval: string) =>
  queryOptions({
    queryKey: ['outcomes', org, project, statsPeriod, interval],
    refetchInterval: LIVE_MS,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      api.request(statsSchema, `${organizationPath(org)}stats_v2/`, {
        signal,
        query: {
          field: 'sum(quantity)',
          groupBy: ['outcome', 'reason', 'category'],
          interval,
          statsPeriod,
          project,
        },
      }),
  });

export const personQuery = (api: Api, org: string, query: string) =>
  queryOptions({
    queryKey: ['person', org, query],
    enabled: query !== '',
    refetchInterval: LIVE_MS,
    queryFn: ({ signal }) =>
      api.request(personSchema, `${organizationPath(org)}people/`, { signal, query: { query } }),
  });

export const systemQuery = (api: Api) =>
  queryOptions({
    queryKey: ['system'],
    refetchInterval: 5_000,
    queryFn: ({ signal }) => api.request(systemSchema, '/api/0/system/', { signal }),
  });

/** The description of the API changes with the server only. */
export const openApiQuery = (api: Api) =>
  queryOptions({
    queryKey: ['openapi'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => api.request(openApiSchema, '/api/0/openapi.json', { signal }),
  });
