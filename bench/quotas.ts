import { parseProjectId } from '@culprit/protocol';
import type { Ask } from '@culprit/quotas';
import type { Clock } from '@culprit/runtime';
import { createRegistry, silentLogger } from '@culprit/runtime';
import { readProjectSettings } from '@culprit/settings';
import type { Sent } from '../services/ingest/accept/sent.ts';
import type { SortedItems } from '../services/ingest/accept/sort-items.ts';
import { LeaseBook } from '../services/ingest/limits/lease-book.ts';
import { Limiter } from '../services/ingest/limits/limiter.ts';
import { createIngestMetrics } from '../services/ingest/metrics.ts';
import { realisticEvents } from './realistic-events.ts';
import { table } from './report.ts';

/** What quotas cost a request with one event of about 14 KB, in µs of CPU: `node bench/quotas.ts [requests]`. Leases are answered at once. */
const REQUESTS = Number(process.argv[2] ?? 100_000);
const START = Date.UTC(2026, 10, 21, 12);

const clock: Clock = { now: () => START };
const payloads = realisticEvents(500, 1, { now: START }).map(({ json }) => new TextEncoder().encode(json));
const bytes = payloads.reduce((sum, payload) => sum + payload.length, 0) / payloads.length;

function senderWith(settings: object): Sent {
  const projectId = parseProjectId(42);
  if (projectId === undefined) throw new Error('42 is the id of a project');
  const known = readProjectSettings(settings).settings;
  const key = {
    keyId: 1,
    projectId,
    organizationId: '1',
    isActive: true,
    settings: known,
    quotas: known.quotas,
  };
  const auth = { publicKey: 'a'.repeat(32), version: 7 } as unknown as Sent['admitted']['auth'];
  const admitted = { ok: true, key, auth, origin: undefined } as const;
  return { admitted, clientIp: '203.0.113.9', userAgent: undefined, clientHints: undefined };
}

function aLimiter(): { readonly limiter: Limiter; readonly close: () => Promise<void> } {
  const leased = new Map<string, number>();
  const lease = async (asks: readonly Ask[]) =>
    asks.map(({ id, amount, limit }) => {
      const before = leased.get(id) ?? 0;
      const granted = Math.max(0, Math.min(amount, limit - before));
      leased.set(id, before + granted);
      return { amount: granted, leased: before + granted };
    });
  const metrics = createIngestMetrics(createRegistry());
  const source = { lease, forgetBefore: async () => {} };
  const leases = new LeaseBook({ source, clock, logger: silentLogger(), metrics });
  return { limiter: new Limiter({ leases, clock, hardFactor: 5 }), close: () => leases.close() };
}

/** µs of CPU per request. `before` requests come first, so that the quota is where it should be. */
async function measure(settings: object, before: number, requests: number): Promise<number> {
  const { limiter, close } = aLimiter();
  const sent = senderWith(settings);
  const send = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const payload = payloads[i % payloads.length] ?? new Uint8Array(0);
      const event = { itemType: 'event', category: 'error', payload } as const;
      const sorted: SortedItems = { event, attachments: [], others: [], drops: [] };
      limiter.limit(sorted, sent, undefined);
      // Leases are answered behind the requests.
      if (i % 100 === 0) await new Promise(setImmediate);
    }
  };
  await send(before);
  const started = process.cpuUsage();
  await send(requests);
  const { user, system } = process.cpuUsage(started);
  await close();
  return (user + system) / requests;
}

const quota = (id: string, limit: number) => ({
  id,
  categories: ['error'],
  scope: 'project',
  limit,
  window: 3_600,
});
const many = 1_000_000_000;
const filters = { 'filters:error_messages': '*nobody has this*' };
const slow = Math.ceil(REQUESTS / 50);
await measure({ quotas: [quota('a', many)] }, 0, REQUESTS);
const rows = [
  ['without quotas', await measure({}, 0, REQUESTS)],
  ['one quota, accepted', await measure({ quotas: [quota('a', many)] }, 0, REQUESTS)],
  [
    'three quotas, accepted',
    await measure({ quotas: [quota('a', many), quota('b', many), quota('c', many)] }, 0, REQUESTS),
  ],
  ['shed: the payload is read', await measure({ quotas: [quota('a', 1_000)] }, 1_500, 2_000)],
  ['429, over the hard limit', await measure({ quotas: [quota('a', 100)] }, 2_000, REQUESTS)],
  [
    'one quota and a filter: the payload is read',
    await measure({ quotas: [quota('a', many)], options: filters }, 0, slow),
  ],
] as const;
process.stdout.write(`Events of ${Math.round(bytes / 1_000)} KB on average.\n\n`);
process.stdout.write(
  `${table(
    ['request', 'µs of CPU'],
    rows.map(([what, micros]) => [what, micros.toFixed(micros < 10 ? 2 : 0)]),
  )}\n`,
);
