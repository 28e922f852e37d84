import type { FilterSettings, NormalizedEvent } from '@culprit/protocol';
import { isOfExtension } from './browser-extensions.ts';
import { compiledFilters } from './compiled.ts';
import type { OriginTest } from './csp-sources.ts';
import { messagesOf, type TextTest } from './error-messages.ts';
import { isLocal } from './localhost.ts';
import type { FilterReason } from './settings.ts';
import { readUserAgent } from './user-agents.ts';

/** What the request that brought an event tells of it. */
export interface RequestFacts {
  /** Address of the client after trusted proxies. */
  readonly clientIp?: string | undefined;
  /** Of the request itself; counts for events of browsers that do not carry their own. */
  readonly userAgent?: string | undefined;
}

/**
 * Why a project does not want a normalized event; undefined: it does. Filters are tried in Relay's order, the first one that matches is
 * the reason. Pure; takes the event before it is scrubbed.
 */
export function filterEvent(
  event: NormalizedEvent,
  settings: FilterSettings,
  request: RequestFacts = {},
): FilterReason | undefined {
  const filters = compiledFilters(settings);
  if (filters.sources !== undefined && event.type === 'csp' && isIgnoredReport(event, filters.sources)) {
    return 'invalid-csp';
  }
  if (filters.addresses?.(request.clientIp)) return 'ip-address';
  if (filters.releases !== undefined && event.release && filters.releases(event.release)) {
    return 'release-version';
  }
  if (says(event, filters.messages)) return 'error-message';
  if (settings.localhost && isLocalEvent(event)) return 'localhost';
  if (settings.browserExtensions && isOfExtension(event)) return 'browser-extensions';
  if (filters.legacyBrowsers !== undefined || settings.webCrawlers) {
    const userAgent = userAgentOf(event, request);
    if (userAgent !== undefined) {
      if (filters.legacyBrowsers?.(userAgent)) return 'legacy-browsers';
      if (settings.webCrawlers && readUserAgent(userAgent).isCrawler) return 'web-crawlers';
    }
  }
  if (says(event, filters.hydration)) return 'react-hydration-errors';
  if (says(event, filters.chunks)) return 'chunk-load-error';
  return undefined;
}

/** Whether a filter is on that only the payload of an event can answer. */
export function hasPayloadFilter(settings: FilterSettings): boolean {
  const { sources, releases, messages, legacyBrowsers, hydration, chunks } = compiledFilters(settings);
  return (
    settings.localhost ||
    settings.browserExtensions ||
    settings.webCrawlers ||
    [sources, releases, messages, legacyBrowsers, hydration, chunks].some((test) => test !== undefined)
  );
}

function says(event: NormalizedEvent, test: TextTest | undefined): boolean {
  return test !== undefined && messagesOf(event).some(test);
}

function isIgnoredReport(event: NormalizedEvent, test: OriginTest): boolean {
  const report = event.csp as { readonly [key: string]: unknown } | null | undefined;
  return [report?.blocked_uri, report?.source_file].some(
    (uri) => typeof uri === 'string' && uri !== '' && test(uri),
  );
}

function isLocalEvent(event: NormalizedEvent): boolean {
  const url = event.request?.url;
  return isLocal({
    ipAddress: event.user?.ip_address ?? undefined,
    url: typeof url === 'string' ? url : undefined,
    header: (name) => headerOf(event, name),
  });
}

function userAgentOf(event: NormalizedEvent, request: RequestFacts): string | undefined {
  return headerOf(event, 'user-agent') ?? (event.platform === 'javascript' ? request.userAgent : undefined);
}

/** Value of a header by its name in lower case. */
function headerOf(event: NormalizedEvent, name: string): string | undefined {
  const headers = event.request?.headers;
  if (!Array.isArray(headers)) return undefined;
  for (const pair of headers) {
    if (!Array.isArray(pair)) continue;
    const [key, value] = pair;
    if (typeof key === 'string' && typeof value === 'string' && key.toLowerCase() === name) return value;
  }
  return undefined;
}
