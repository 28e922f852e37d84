import type { FilterSettings, Quota, ScrubbingSettings } from '@culprit/protocol';

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
