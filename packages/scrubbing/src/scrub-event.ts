import type { JsonObject, NormalizedEvent, ScrubbingSettings } from '@culprit/protocol';
import { applyAdvancedRules } from './advanced/apply-rules.ts';
import { changed, isObject, mapped } from './changed.ts';
import { type CompiledScrubbing, compiledScrubbing } from './compiled.ts';
import { scrubContexts } from './contexts.ts';
import { scrubOriginals } from './originals.ts';
import type { Path } from './path.ts';
import { Remarks } from './remarks.ts';
import { scrubRequest } from './request.ts';
import { Scrubber } from './scrubber.ts';
import { scrubExceptions, scrubStacktrace, scrubThreads } from './stacktraces.ts';

/**
 * The event without what the project wants nobody to read; what was taken out is remarked on in `_meta`. Takes a normalized event, since a body, a query and
 * cookies are known by their parts. Never throws; gives the same event when there is nothing to do, and the same again when it is done twice.
 */
export function scrubEvent(event: NormalizedEvent, settings: ScrubbingSettings): NormalizedEvent {
  const compiled = compiledScrubbing(settings);
  const remarks = new Remarks();
  if (compiled.advanced.applications.length === 0) return scrubByFields(event, compiled, remarks);
  const changes: { [field: string]: unknown } = { ...applyAdvancedRules(event, compiled.advanced, remarks) };
  if (!remarks.isEmpty) changes._meta = remarks.writtenInto(event._meta);
  const isSame = Object.keys(changes).length === 0;
  return scrubByFields(isSame ? event : ({ ...event, ...changes } as NormalizedEvent), compiled, remarks);
}

/** Default rules, sensitive fields and addresses, after what was done before. */
function scrubByFields(
  event: NormalizedEvent,
  compiled: CompiledScrubbing,
  earlier: Remarks,
): NormalizedEvent {
  if (compiled.isIdle) return event;
  const scrubber = new Scrubber(compiled, earlier);
  const changes: { [field: string]: unknown } = {};
  for (const [field, scrub] of FIELDS) {
    const value = event[field];
    if (typeof value !== 'object' || value === null) continue;
    const scrubbed = scrub(value as JsonObject, scrubber);
    if (scrubbed !== value) changes[field] = scrubbed;
  }
  const originals = scrubOriginals(event, compiled);
  if (originals !== undefined) Object.assign(changes, originals);
  const { remarks } = scrubber;
  if (!remarks.isEmpty)
    changes._meta = remarks.writtenInto((changes._meta ?? event._meta) as JsonObject | undefined);
  // The rules of the fields keep their shapes.
  return Object.keys(changes).length === 0 ? event : ({ ...event, ...changes } as NormalizedEvent);
}

type FieldScrub = (value: JsonObject, scrubber: Scrubber) => unknown;

/** Fields of the event that take part, in the order in which their remarks are collected. */
const FIELDS: readonly (readonly [field: string, scrub: FieldScrub])[] = [
  ['logentry', scrubLogentry],
  ['exception', scrubExceptions],
  ['stacktrace', (value, scrubber) => scrubStacktrace(value, scrubber, null, 'stacktrace')],
  ['threads', scrubThreads],
  ['request', scrubRequest],
  ['user', scrubUser],
  ['breadcrumbs', scrubBreadcrumbs],
  ['extra', (value, scrubber) => scrubber.within(value, null, 'extra')],
  ['contexts', scrubContexts],
  ['csp', scrubReportUrls],
  ['hpkp', (value, scrubber) => scrubber.within(value, null, 'hpkp')],
  ['expectct', (value, scrubber) => scrubber.within(value, null, 'expectct')],
  ['expectstaple', (value, scrubber) => scrubber.within(value, null, 'expectstaple')],
  [
    'sdk',
    (value, scrubber) =>
      changed(
        value,
        'client_ip',
        scrubber.address(value.client_ip, { parent: null, key: 'sdk' }, 'client_ip'),
      ),
  ],
];

/** The message names the issue, so it stays readable; its parameters are data. */
function scrubLogentry(logentry: JsonObject, scrubber: Scrubber): JsonObject {
  const here: Path = { parent: null, key: 'logentry' };
  const { formatted, params } = logentry;
  let scrubbed = logentry;
  if (typeof formatted === 'string') {
    scrubbed = changed(scrubbed, 'formatted', scrubber.readable(formatted, here, 'formatted'));
  }
  return params === undefined
    ? scrubbed
    : changed(scrubbed, 'params', scrubber.within(params, here, 'params'));
}

function scrubUser(user: JsonObject, scrubber: Scrubber): JsonObject {
  const here: Path = { parent: null, key: 'user' };
  let scrubbed = user;
  for (const key in user) {
    const value = user[key];
    const result =
      key === 'ip_address' && value !== undefined && scrubber.removesAddresses
        ? scrubber.address(value, here, key)
        : key === 'data'
          ? scrubber.within(value, here, key)
          : scrubber.value(value, here, key);
    scrubbed = changed(scrubbed, key, result);
  }
  return scrubbed;
}

function scrubBreadcrumbs(breadcrumbs: JsonObject, scrubber: Scrubber): JsonObject {
  const { values } = breadcrumbs;
  if (!Array.isArray(values)) return breadcrumbs;
  const list: Path = { parent: { parent: null, key: 'breadcrumbs' }, key: 'values' };
  return changed(
    breadcrumbs,
    'values',
    mapped(values, (crumb, i) => {
      if (!isObject(crumb)) return crumb;
      const here: Path = { parent: list, key: i };
      const { message, data } = crumb;
      const scrubbed =
        typeof message === 'string'
          ? changed(crumb, 'message', scrubber.value(message, here, 'message'))
          : crumb;
      return data === undefined ? scrubbed : changed(scrubbed, 'data', scrubber.within(data, here, 'data'));
    }),
  );
}

/** Its other fields are the policy, which is public. */
const REPORT_URLS = ['blocked_uri', 'document_uri', 'source_file', 'referrer', 'script_sample'];

function scrubReportUrls(report: JsonObject, scrubber: Scrubber): JsonObject {
  const here: Path = { parent: null, key: 'csp' };
  let scrubbed = report;
  for (const key of REPORT_URLS) {
    if (typeof report[key] === 'string')
      scrubbed = changed(scrubbed, key, scrubber.value(report[key], here, key));
  }
  return scrubbed;
}
