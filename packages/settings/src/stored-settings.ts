import { LEGACY_BROWSERS, type Quota } from '@culprit/protocol';
import { z } from 'zod';

const TEXT_LIMIT = 64 * 1024;
const FIELDS_LIMIT = 4_000;

const text = z.string().max(TEXT_LIMIT);
const fieldNames = z
  .array(z.string())
  // Empty ones have no characters.
  .max(FIELDS_LIMIT)
  .refine((names) => names.join('').length <= FIELDS_LIMIT, `at most ${FIELDS_LIMIT} characters in all`);
const count = z.number().int().min(0);

/** Advanced scrubbing rules: an object as JSON, or nothing. */
const rulesText = text.refine((rules) => rules.trim() === '' || isJsonObject(rules), 'must be a JSON object');

/** Fields of `options`, each kept under the name that Sentry's clients use. */
const optionsSchema = z.object({
  /** One address or CIDR block a line. */
  'filters:blacklisted_ips': text,
  /** One glob a line. */
  'filters:releases': text,
  /** One glob a line. */
  'filters:error_messages': text,
  'filters:react-hydration-errors': z.boolean(),
  'filters:chunk-load-error': z.boolean(),
  'filters:browser-extensions': z.boolean(),
  'filters:localhost': z.boolean(),
  'filters:web-crawlers': z.boolean(),
  'filters:filtered-transaction': z.boolean(),
  'filters:legacy-browsers': z.array(z.enum(LEGACY_BROWSERS)).max(LEGACY_BROWSERS.length),
  /** One origin a line. */
  'sentry:csp_ignored_sources': text,
  'sentry:csp_ignored_sources_defaults': z.boolean(),
});

/** Settings that `PUT /api/0/projects/{org}/{project}/` changes, under the names of the API. */
export const editableSettingsSchema = z.object({
  allowedDomains: z.array(z.string().max(255)).min(1, 'use * to accept from all domains').max(1000),
  dataScrubber: z.boolean(),
  dataScrubberDefaults: z.boolean(),
  scrubIPAddresses: z.boolean(),
  sensitiveFields: fieldNames,
  safeFields: fieldNames,
  relayPiiConfig: rulesText,
  fingerprintingRules: text,
  groupingEnhancements: text,
  securityToken: z.string().max(255),
  securityTokenHeader: z.string().max(255),
  scrapeJavaScript: z.boolean(),
  /** Hours without an event after which an issue is resolved; 0: never. */
  resolveAge: count,
  highlightTags: z.array(z.string().max(200)).max(100),
  highlightContext: z
    .record(z.string().max(200), z.array(z.string().max(200)).max(100))
    .refine((contexts) => Object.keys(contexts).length <= 100, 'at most 100 contexts'),
  defaultEnvironment: z.string().max(64).nullable(),
  subjectPrefix: z.string().max(200),
  /** Per issue; −1: all. */
  storeCrashReports: z.number().int().min(-1),
  /** Days that events are kept; 0: for ever; null: what the installation says. */
  eventRetention: count.max(36_500).nullable(),
  /** What is left out stays as it is. */
  options: optionsSchema.partial(),
});

type EditableSettings = z.infer<typeof editableSettingsSchema>;

/** Everything in `projects.settings` that this version knows. */
export interface StoredSettings extends Omit<EditableSettings, 'options'> {
  readonly options: z.infer<typeof optionsSchema>;
  readonly quotas: readonly Quota[];
}

export const EDITABLE_FIELDS = editableSettingsSchema.shape;
export const OPTION_FIELDS = optionsSchema.shape;

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
