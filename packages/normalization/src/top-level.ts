import { isObject, type OpenDraft } from './json-object.ts';
import type { Notes } from './notes.ts';

/** Names that old SDKs give to fields. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['message', 'logentry'],
  ['sentry.interfaces.Message', 'logentry'],
  ['sentry.interfaces.User', 'user'],
  ['sentry.interfaces.Http', 'request'],
  ['sentry.interfaces.Exception', 'exception'],
  ['sentry.interfaces.Stacktrace', 'stacktrace'],
  ['sentry.interfaces.Breadcrumbs', 'breadcrumbs'],
  ['sentry.interfaces.Contexts', 'contexts'],
  ['sentry.interfaces.Template', 'template'],
  ['sentry.interfaces.Threads', 'threads'],
  ['sentry.interfaces.DebugMeta', 'debug_meta'],
  ['sentry.interfaces.Csp', 'csp'],
  ['sentry.interfaces.Hpkp', 'hpkp'],
  ['sentry.interfaces.ExpectCT', 'expectct'],
  ['sentry.interfaces.ExpectStaple', 'expectstaple'],
  ['client', 'sdk'],
]);

const FIELDS: ReadonlySet<string> = new Set(
  `event_id level version type fingerprint culprit transaction transaction_info time_spent logentry logger modules
   platform timestamp start_timestamp received server_name release dist environment site user request contexts breadcrumbs exception
   stacktrace template threads tags extra debug_meta sdk ingest_path errors key_id project grouping_config checksum csp hpkp
   expectct expectstaple spans measurements breakdowns scraping_attempts _metrics _meta attachments`.split(
    /\s+/,
  ),
);

/** Dropped without a note: what old servers wrote into events (Relay). */
const SILENT: ReadonlySet<string> = new Set([
  'metadata',
  'hashes',
  'applecrashreport',
  'device',
  'repos',
  'query',
]);

/** The fields of the event under their one name. Unknown ones are noted and dropped; where both names are there, the real one wins. */
export function topLevelFields(payload: { readonly [key: string]: unknown }, notes: Notes): OpenDraft {
  const fields: OpenDraft = {};
  for (const key in payload) {
    const value = payload[key];
    if (FIELDS.has(key)) {
      if (value !== null && value !== undefined) fields[key] = value;
      continue;
    }
    const name = ALIASES.get(key);
    if (name !== undefined) {
      if (payload[name] === null || payload[name] === undefined) fields[name] ??= value;
      else if (name === 'logentry') fields.logentry = mergedLogentry(payload[name], value);
    } else if (!SILENT.has(key)) notes.note(null, key, 'invalid_attribute', undefined, value);
  }
  return fields;
}

/** SDKs may send the template in `logentry` and the text in `message`, or the other way round. */
function mergedLogentry(logentry: unknown, message: unknown): unknown {
  if (!isObject(logentry) || typeof message !== 'string') return logentry;
  return logentry.formatted === undefined && logentry.message === undefined
    ? { ...logentry, formatted: message }
    : logentry;
}
