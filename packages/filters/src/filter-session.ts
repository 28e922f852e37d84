import type { FilterSettings } from '@culprit/protocol';
import { compiledFilters } from './compiled.ts';
import { isLocal } from './localhost.ts';
import type { FilterReason } from './settings.ts';
import { readUserAgent } from './user-agents.ts';

/** What a session tells of itself and of the request that brought it. */
export interface SessionFacts {
  /** Address of the client after trusted proxies. */
  readonly clientIp?: string | undefined;
  /** `attrs.ip_address` */
  readonly ipAddress?: string | undefined;
  /** `attrs.release` */
  readonly release?: string | undefined;
  /** `attrs.user_agent`, else that of the request. */
  readonly userAgent?: string | undefined;
}

/** Why a project does not want a session (Relay 25.6: by address, release and User-Agent); undefined: it does. */
export function filterSession(session: SessionFacts, settings: FilterSettings): FilterReason | undefined {
  const filters = compiledFilters(settings);
  const { clientIp, ipAddress, release, userAgent } = session;
  if (filters.addresses?.(clientIp)) return 'ip-address';
  if (filters.releases !== undefined && release && filters.releases(release)) return 'release-version';
  if (settings.localhost && isLocal({ ipAddress, url: undefined, header: () => undefined }))
    return 'localhost';
  if (userAgent !== undefined) {
    if (filters.legacyBrowsers?.(userAgent)) return 'legacy-browsers';
    if (settings.webCrawlers && readUserAgent(userAgent).isCrawler) return 'web-crawlers';
  }
  return undefined;
}

/** Whether a client's address is one that the project does not want: what can be told before anything is read. */
export function isBlockedAddress(clientIp: string | undefined, settings: FilterSettings): boolean {
  return compiledFilters(settings).addresses?.(clientIp) ?? false;
}
