import { useParams, useSearch } from '@tanstack/react-router';
import { DEFAULT_PERIOD, type Scope } from '../api/queries.ts';

export interface ScopeSearch {
  project?: string | undefined;
  environment?: string | undefined;
  statsPeriod?: string | undefined;
}

export const PERIODS = ['1h', '6h', '24h', '7d', '14d', '30d', '90d'] as const;

const PERIOD = /^[1-9][0-9]{0,4}[smhdw]$/;

/** Text parameters of an address; whatever else stands there is left out. */
export function textOf(search: Record<string, unknown>, name: string): string | undefined {
  const value = search[name];
  return typeof value === 'string' ? value.slice(0, 1_000) : undefined;
}

export function parseScopeSearch(search: Record<string, unknown>): ScopeSearch {
  const period = textOf(search, 'statsPeriod');
  return {
    project: textOf(search, 'project') || undefined,
    environment: textOf(search, 'environment') || undefined,
    statsPeriod: period !== undefined && PERIOD.test(period) ? period : undefined,
  };
}

/** Addresses hold plain text parameters: `?project=web`, never JSON. */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === 'string') parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** Organization and scope of the page that is open. */
export function useScope(): { readonly org: string; readonly scope: Scope } {
  const { org = '' } = useParams({ strict: false });
  const { project, environment, statsPeriod } = parseScopeSearch(useSearch({ strict: false }));
  return { org, scope: { project, environment, statsPeriod: statsPeriod ?? DEFAULT_PERIOD } };
}
