import type { Quota } from '@culprit/protocol';
import type { z } from 'zod';
import type { ProjectSettings } from './project-settings.ts';
import { quotaSchema } from './quota.ts';
import { EDITABLE_FIELDS, OPTION_FIELDS, type StoredSettings } from './stored-settings.ts';

/** What applies where nothing was set. No filter is on: an event that was sent is kept until somebody says otherwise. */
export const DEFAULT_STORED: StoredSettings = {
  allowedDomains: ['*'],
  dataScrubber: true,
  dataScrubberDefaults: true,
  scrubIPAddresses: false,
  sensitiveFields: [],
  safeFields: [],
  relayPiiConfig: '',
  fingerprintingRules: '',
  groupingEnhancements: '',
  securityToken: '',
  securityTokenHeader: '',
  scrapeJavaScript: true,
  resolveAge: 0,
  highlightTags: [],
  highlightContext: {},
  defaultEnvironment: null,
  subjectPrefix: '',
  storeCrashReports: -1,
  eventRetention: null,
  options: {
    'filters:blacklisted_ips': '',
    'filters:releases': '',
    'filters:error_messages': '',
    'filters:react-hydration-errors': false,
    'filters:chunk-load-error': false,
    'filters:browser-extensions': false,
    'filters:localhost': false,
    'filters:web-crawlers': false,
    'filters:filtered-transaction': false,
    'filters:legacy-browsers': [],
    'sentry:csp_ignored_sources': '',
    'sentry:csp_ignored_sources_defaults': true,
  },
  quotas: [],
};

export const DEFAULT_SETTINGS: ProjectSettings = toProjectSettings(DEFAULT_STORED);

export interface ReadSettings<T> {
  readonly settings: T;
  /** Fields that were there and could not be read, such as `allowedDomains` or `quotas.0`: their defaults apply. */
  readonly unreadable: readonly string[];
}

/** `projects.settings` with what is missing or cannot be read filled in. Never throws. Fields of a newer version are ignored. */
export function readStoredSettings(stored: unknown): ReadSettings<StoredSettings> {
  if (!isRecord(stored)) {
    return {
      settings: DEFAULT_STORED,
      unreadable: stored === undefined || stored === null ? [] : ['settings'],
    };
  }
  const unreadable: string[] = [];
  const { options, ...fields } = stored;
  const settings = {
    ...DEFAULT_STORED,
    ...readFields(EDITABLE_FIELDS, fields, '', unreadable),
    options: readOptions(options, unreadable),
    quotas: readQuotas(stored.quotas, unreadable),
  };
  return { settings, unreadable };
}

/** `projects.settings` as ingest and processor use it. Never throws; the same object for all projects where nothing is set. */
export function readProjectSettings(stored: unknown): ReadSettings<ProjectSettings> {
  if (isRecord(stored) && !Object.keys(stored).some(isKnown))
    return { settings: DEFAULT_SETTINGS, unreadable: [] };
  const { settings, unreadable } = readStoredSettings(stored);
  return { settings: toProjectSettings(settings), unreadable };
}

function isKnown(field: string): boolean {
  return field === 'quotas' || Object.hasOwn(EDITABLE_FIELDS, field);
}

function readOptions(stored: unknown, unreadable: string[]): StoredSettings['options'] {
  if (stored === undefined) return DEFAULT_STORED.options;
  if (!isRecord(stored)) {
    unreadable.push('options');
    return DEFAULT_STORED.options;
  }
  return { ...DEFAULT_STORED.options, ...readFields(OPTION_FIELDS, stored, 'options.', unreadable) };
}

/** A quota that cannot be read is left out as a whole: half of one would limit something else. */
function readQuotas(stored: unknown, unreadable: string[]): readonly Quota[] {
  if (stored === undefined) return [];
  if (!Array.isArray(stored)) {
    unreadable.push('quotas');
    return [];
  }
  return stored.flatMap((entry: unknown, i) => {
    const quota = quotaSchema.safeParse(entry);
    if (!quota.success) unreadable.push(`quotas.${i}`);
    return quota.success ? [quota.data] : [];
  });
}

/** The fields of `stored` that fit the shape, each judged by itself. */
function readFields<S extends Readonly<Record<string, z.ZodType>>>(
  shape: S,
  stored: Readonly<Record<string, unknown>>,
  path: string,
  unreadable: string[],
): { [K in keyof S]?: z.output<S[K]> } {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(stored)) {
    const result = Object.hasOwn(shape, name) ? shape[name]?.safeParse(value) : undefined;
    if (result?.success === true) fields[name] = result.data;
    else if (result !== undefined) unreadable.push(`${path}${name}`);
  }
  // Every value was read by the schema of its name.
  return fields as { [K in keyof S]?: z.output<S[K]> };
}

function toProjectSettings(stored: StoredSettings): ProjectSettings {
  const { options } = stored;
  return {
    allowedDomains: stored.allowedDomains,
    scrubbing: {
      dataScrubber: stored.dataScrubber,
      dataScrubberDefaults: stored.dataScrubberDefaults,
      scrubIPAddresses: stored.scrubIPAddresses,
      sensitiveFields: withoutBlanks(stored.sensitiveFields),
      safeFields: withoutBlanks(stored.safeFields),
      relayPiiConfig: stored.relayPiiConfig.trim() === '' ? null : stored.relayPiiConfig,
    },
    filters: {
      blacklistedIps: linesOf(options['filters:blacklisted_ips']),
      releases: linesOf(options['filters:releases']),
      errorMessages: linesOf(options['filters:error_messages']),
      localhost: options['filters:localhost'],
      browserExtensions: options['filters:browser-extensions'],
      legacyBrowsers: options['filters:legacy-browsers'],
      webCrawlers: options['filters:web-crawlers'],
      cspIgnoredSources: linesOf(options['sentry:csp_ignored_sources']),
      cspIgnoredSourcesDefaults: options['sentry:csp_ignored_sources_defaults'],
      reactHydrationErrors: options['filters:react-hydration-errors'],
      chunkLoadError: options['filters:chunk-load-error'],
    },
    quotas: stored.quotas,
    attachments: { maxCrashReports: stored.storeCrashReports < 0 ? null : stored.storeCrashReports },
    securityReports: { token: stored.securityToken, tokenHeader: stored.securityTokenHeader },
  };
}

function linesOf(text: string): readonly string[] {
  return withoutBlanks(text.split('\n'));
}

function withoutBlanks(texts: readonly string[]): readonly string[] {
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
