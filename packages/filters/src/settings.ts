/** What a project does not want. Entries of lists are as the user wrote them; blank ones are ignored. */
export interface FilterSettings {
  /** Addresses and CIDR blocks. */
  readonly blacklistedIps: readonly string[];
  /** Globs. */
  readonly releases: readonly string[];
  /** Globs. */
  readonly errorMessages: readonly string[];
  readonly localhost: boolean;
  readonly browserExtensions: boolean;
  /** Names of `LEGACY_BROWSERS`; others match nothing. */
  readonly legacyBrowsers: readonly string[];
  readonly webCrawlers: boolean;
  /** Origins: `http://example.com:8000`, `*.example.com`, `*:8000`, … */
  readonly cspIgnoredSources: readonly string[];
  /** Also what browser extensions and injected scripts are known to cause. */
  readonly cspIgnoredSourcesDefaults: boolean;
  readonly reactHydrationErrors: boolean;
  readonly chunkLoadError: boolean;
}

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
