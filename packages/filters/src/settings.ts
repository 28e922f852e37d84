import type { FilterSettings } from '@culprit/protocol';

/** Everything is let in. */
export const NO_FILTERS: FilterSettings = {
  blacklistedIps: [],
  releases: [],
  errorMessages: [],
  localhost: false,
  browserExtensions: false,
  legacyBrowsers: [],
  webCrawlers: false,
  cspIgnoredSources: [],
  cspIgnoredSourcesDefaults: false,
  reactHydrationErrors: false,
  chunkLoadError: false,
};

/** Reason of the outcome `filtered`. */
export type FilterReason =
  | 'invalid-csp'
  | 'ip-address'
  | 'release-version'
  | 'error-message'
  | 'localhost'
  | 'browser-extensions'
  | 'legacy-browsers'
  | 'web-crawlers'
  | 'react-hydration-errors'
  | 'chunk-load-error';
