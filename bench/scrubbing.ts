import { filterEvent, NO_FILTERS } from '@culprit/filters';
import { decodePayload, normalizeEvent } from '@culprit/normalization';
import type { EventId, NormalizedEvent, ProjectId } from '@culprit/protocol';
import { DEFAULT_SCRUBBING, scrubEvent } from '@culprit/scrubbing';
import { realisticEvents } from './realistic-events.ts';

/**
 * CPU of filters and scrubbing for one event of about 14 KB, beside that of `JSON.stringify` of the same events, which tells how fast the machine is
 * just now. The events hold no secrets but some things that look like them. `node bench/scrubbing.ts [rounds]`
 */
const EVENTS = 500;
const rounds = Number(process.argv[2] ?? 20);

const received = Date.UTC(2026, 10, 21, 12);
const events = realisticEvents(EVENTS, 1, { now: received }).map(({ json }, i): NormalizedEvent => {
  const decoded = decodePayload(new TextEncoder().encode(json));
  const result = normalizeEvent(decoded.ok ? decoded.value : {}, {
    projectId: 1 as ProjectId,
    keyId: 1,
    eventId: i.toString(16).padStart(32, '0') as EventId,
    received,
    clientIp: '203.0.113.9',
    itemType: 'event',
  });
  if (!result.ok) throw new Error(result.reason);
  return result.event;
});

const ALL_FILTERS = {
  ...NO_FILTERS,
  localhost: true,
  browserExtensions: true,
  webCrawlers: true,
  legacyBrowsers: ['ie', 'safari', 'android'],
  releases: ['1.*', '*-dev'],
  errorMessages: ['ResizeObserver loop*', '*Non-Error promise rejection*'],
  reactHydrationErrors: true,
  chunkLoadError: true,
  blacklistedIps: ['10.0.0.0/8'],
};

const SUBJECTS: Readonly<Record<string, (event: NormalizedEvent) => unknown>> = {
  stringify: (event) => JSON.stringify(event),
  'filter, none on': (event) => filterEvent(event, NO_FILTERS),
  'filter, all on': (event) => filterEvent(event, ALL_FILTERS, { clientIp: '203.0.113.9' }),
  'scrub, default': (event) => scrubEvent(event, DEFAULT_SCRUBBING),
  'scrub, with ips': (event) => scrubEvent(event, WITH_IPS),
  'scrub, with fields': (event) => scrubEvent(event, WITH_FIELDS),
};
const WITH_IPS = { ...DEFAULT_SCRUBBING, scrubIPAddresses: true };
const WITH_FIELDS = {
  ...DEFAULT_SCRUBBING,
  sensitiveFields: ['customer_no', 'iban', 'birthday', 'session_key', 'card'],
  safeFields: ['author', 'auth_method'],
};

const times = new Map<string, number[]>();
for (let round = 0; round < rounds; round++) {
  for (const [name, work] of Object.entries(SUBJECTS)) {
    const before = process.threadCpuUsage();
    for (const event of events) work(event);
    const used = process.threadCpuUsage(before);
    times.set(name, [...(times.get(name) ?? []), (used.user + used.system) / EVENTS]);
  }
}

/** The first rounds are the compiler's. */
const WARM_UP = Math.min(5, rounds - 1);
console.log(`${EVENTS} events, ${rounds - WARM_UP} rounds; µs of CPU per event`);
for (const [name, all] of times) {
  const warm = all.slice(WARM_UP);
  console.log(name.padEnd(20), (warm.reduce((sum, time) => sum + time, 0) / warm.length).toFixed(1));
}
