import type { LegacyBrowser } from './legacy-browsers.ts';
import type { Quota } from './quota.ts';

/** What is taken out of an event before it is stored; names as in the API. */
export interface ScrubbingSettings {
  /** Off: only addresses (`scrubIPAddresses`) and advanced rules are applied. */
  readonly dataScrubber: boolean;
  /** The built-in rules: passwords, card numbers, keys. */
  readonly dataScrubberDefaults: boolean;
  readonly scrubIPAddresses: boolean;
  /** Parts of names or values; never blank. */
  readonly sensitiveFields: readonly string[];
  /** Names, or globs of names, that are left alone; never blank. */
  readonly safeFields: readonly string[];
  /** Advanced rules, JSON text of an object; null: none. */
  readonly relayPiiConfig: string | null;
}

/** Which events are answered 200 and not kept. */
export interface FilterSettings {
  /** Addresses and CIDR blocks, as typed. */
  readonly blacklistedIps: readonly string[];
  /** Globs. */
  readonly releases: readonly string[];
  /** Globs. */
  readonly errorMessages: readonly string[];
  readonly localhost: boolean;
  readonly browserExtensions: boolean;
  /** Empty: off. */
  readonly legacyBrowsers: readonly LegacyBrowser[];
  readonly webCrawlers: boolean;
  /** Origins whose violations are not wanted. */
  readonly cspIgnoredSources: readonly string[];
  /** The built-in list of such. */
  readonly cspIgnoredSourcesDefaults: boolean;
  readonly reactHydrationErrors: boolean;
  readonly chunkLoadError: boolean;
}

export interface AttachmentSettings {
  /** Minidumps and the like kept per issue; 0: none; null: all. */
  readonly maxCrashReports: number | null;
}

/** What a browser must send with a security report; an empty token: nothing. */
export interface SecurityReportSettings {
  readonly token: string;
  /** Name of the header. */
  readonly tokenHeader: string;
}

/** What ingest and processor do differently from project to project. */
export interface ProjectSettings {
  /** Patterns of origins that may send; `*`: all. */
  readonly allowedDomains: readonly string[];
  readonly scrubbing: ScrubbingSettings;
  readonly filters: FilterSettings;
  /** Without the limits of keys: see `quotaOfKey`. */
  readonly quotas: readonly Quota[];
  readonly attachments: AttachmentSettings;
  readonly securityReports: SecurityReportSettings;
}
