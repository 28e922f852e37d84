import type { JsonObject } from '@culprit/protocol';
import type { SecurityKind } from './classification.ts';
import { type ReportFacts, readCspReport } from './csp-report.ts';
import { isObject, isStorableKey } from './json-object.ts';

/** What is known of a security report besides its body. */
export interface SecurityReportContext {
  readonly release?: string | undefined;
  readonly environment?: string | undefined;
  /** Of the request that brought the report. */
  readonly userAgent?: string | undefined;
  readonly clientIp?: string | undefined;
}

export type SecurityReportRefusal = 'invalid_json' | 'security_report_type' | 'security_report';
export type SecurityReportResult =
  | { readonly ok: true; readonly event: JsonObject }
  | { readonly ok: false; readonly reason: SecurityReportRefusal };

/**
 * The payload of an event, not yet normalized, from what a browser reports: a violation of the Content Security Policy (the old form, or one entry of the Reporting
 * API), Expect-CT, Expect-Staple or public key pinning. Refused are kinds that are not known and reports that do not say what they are about.
 */
export function securityReportToEvent(
  payload: unknown,
  context: SecurityReportContext,
): SecurityReportResult {
  if (!isObject(payload)) return { ok: false, reason: 'invalid_json' };
  const found = kindOf(payload);
  if (found === undefined) return { ok: false, reason: 'security_report_type' };
  const [kind, body] = found;
  const facts = isObject(body) ? READERS[kind](snakeCase(body)) : undefined;
  if (facts === undefined) return { ok: false, reason: 'security_report' };
  return { ok: true, event: eventOf(kind, facts, context) };
}

/** The kind by what stands at the top, and the report itself. */
function kindOf(payload: JsonObject): readonly [SecurityKind, unknown] | undefined {
  if ('csp-report' in payload) return ['csp', payload['csp-report']];
  if ('expect-ct-report' in payload) return ['expectct', payload['expect-ct-report']];
  if ('expect-staple-report' in payload) return ['expectstaple', payload['expect-staple-report']];
  if ('known-pins' in payload) return ['hpkp', payload];
  if (payload.type !== 'csp-violation') return undefined;
  const { body, url } = payload;
  return ['csp', isObject(body) ? { documentURL: url, ...body } : body];
}

const READERS: { readonly [kind in SecurityKind]: (report: JsonObject) => ReportFacts | undefined } = {
  csp: readCspReport,
  expectct: (report) =>
    readHostReport(report, (host) => `Expect-CT failed for '${host}'`, ['port'], { hasCulprit: true }),
  expectstaple: (report) =>
    readHostReport(
      report,
      (host) => `Expect-Staple failed for '${host}'`,
      ['port', 'response_status', 'cert_status'],
      { hasCulprit: true },
    ),
  hpkp: (report) =>
    readHostReport(
      report,
      (host) => `Public key pinning validation failed for '${host}'`,
      ['port', 'include_subdomains'],
      { hasCulprit: false },
    ),
};

/** What is about a host and its certificate. Undefined without a host. */
function readHostReport(
  report: JsonObject,
  messageOf: (host: string) => string,
  tagged: readonly string[],
  { hasCulprit }: { readonly hasCulprit: boolean },
): ReportFacts | undefined {
  const host = typeof report.hostname === 'string' ? report.hostname.trim().slice(0, 256) : '';
  if (host === '') return undefined;
  const tags: { [key: string]: string } = { hostname: host };
  for (const name of tagged) {
    const value = report[name];
    if (value === null || value === undefined || typeof value === 'object') continue;
    tags[name === 'include_subdomains' ? 'include-subdomains' : name] = String(value);
  }
  return { message: messageOf(host), ...(hasCulprit ? { culprit: host } : {}), url: host, tags, report };
}

function eventOf(kind: SecurityKind, facts: ReportFacts, context: SecurityReportContext): JsonObject {
  const { release, environment, userAgent, clientIp } = context;
  const headers: [string, string][] = [];
  if (facts.referrer) headers.push(['Referer', facts.referrer]);
  if (userAgent) headers.push(['User-Agent', userAgent]);
  return {
    type: kind,
    logger: kind,
    message: facts.message,
    ...(facts.culprit === undefined ? {} : { culprit: facts.culprit }),
    tags: facts.tags,
    request: { ...(facts.url ? { url: facts.url } : {}), headers },
    [kind]: facts.report,
    ...(release ? { release } : {}),
    ...(environment ? { environment } : {}),
    ...(clientIp ? { user: { ip_address: clientIp } } : {}),
  };
}

/** Names of the Reporting API that are not those of the old form but for their case. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['documentURL', 'document_uri'],
  ['blockedURL', 'blocked_uri'],
  ['sample', 'script_sample'],
]);

/** `blocked-uri` and `blockedURL` → `blocked_uri`, also in the objects of a list, such as the timestamps of a certificate. */
function snakeCase(report: JsonObject, depth = 1): JsonObject {
  const renamed: { [key: string]: JsonObject[string] } = {};
  for (const key in report) {
    const name = RENAMED.get(key) ?? snakeCased(key);
    if (name === undefined || !isStorableKey(name)) continue;
    const value = report[key];
    renamed[name] = Array.isArray(value)
      ? value.map((item) => (depth > 0 && isObject(item) ? snakeCase(item, depth - 1) : item))
      : value;
  }
  return renamed;
}

const LONGEST_KEY = 100;

function snakeCased(key: string): string | undefined {
  if (key.length > LONGEST_KEY) return undefined;
  return key.replaceAll('-', '_').replace(/[A-Z]+/g, (capitals) => `_${capitals.toLowerCase()}`);
}
