import type { Category } from './outcome.ts';

/** What is taken out of a project's events before they are stored, in the names of the settings API. */
export interface ScrubbingSettings {
  /** Off: only addresses (`scrubIPAddresses`) and what advanced rules say. */
  readonly dataScrubber: boolean;
  /** The built-in rules, which know passwords, card numbers, keys. */
  readonly dataScrubberDefaults: boolean;
  readonly scrubIPAddresses: boolean;
  /** Parts of names: a field is scrubbed when its name or its text contains one. Blank entries are ignored. */
  readonly sensitiveFields: readonly string[];
  /** Names of fields that are left alone; `*` stands for any characters, `a.b` for b within a, `a.**` for all within a. */
  readonly safeFields: readonly string[];
  /** Advanced rules as JSON text; null: none. */
  readonly relayPiiConfig: string | null;
}

/** What a project does not want: it is answered 200 and not kept. Entries of lists are as the user wrote them; blank ones are ignored. */
export interface FilterSettings {
  /** Addresses and CIDR blocks. */
  readonly blacklistedIps: readonly string[];
  /** Globs. */
  readonly releases: readonly string[];
  /** Globs. */
  readonly errorMessages: readonly string[];
  readonly localhost: boolean;
  readonly browserExtensions: boolean;
  /** Names of browsers; those that are not known match nothing. */
  readonly legacyBrowsers: readonly string[];
  readonly webCrawlers: boolean;
  /** Origins: `http://example.com:8000`, `*.example.com`, `*:8000`, … */
  readonly cspIgnoredSources: readonly string[];
  /** Also what browser extensions and injected scripts are known to cause. */
  readonly cspIgnoredSourcesDefaults: boolean;
  readonly reactHydrationErrors: boolean;
  readonly chunkLoadError: boolean;
}

/** At most `limit` items of some categories per window. */
export interface Quota {
  /** Unlike those of the project's other quotas. */
  readonly id: string;
  /** Empty: all. */
  readonly categories: readonly Category[];
  /** What is counted together. */
  readonly scope: 'organization' | 'project' | 'key';
  /** Items, bytes for `attachment`; 0: nothing; null: no limit. */
  readonly limit: number | null;
  /** Seconds. */
  readonly window: number;
  /** Of the outcome and in `X-Sentry-Rate-Limits`. */
  readonly reasonCode: string;
}
