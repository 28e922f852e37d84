import { ConfigError, createRegistry, Gauge } from '@culprit/runtime';
import { eventually } from '@culprit/testkit';
import { describe, expect, test } from 'vitest';
import { isAllowedOrigin, originOf } from '../accept/origin.ts';
import { answerMetrics, MetricsSum } from '../cluster/metrics-exchange.ts';
import { parseCidrs, readConfig } from '../config.ts';
import { createIngestMetrics } from '../metrics.ts';
import { trustedProxies } from '../trusted-proxies.ts';

test.each([
  ['https://valid.com', '*', true],
  ['http://valid.com', 'http://*', true],
  ['https://valid.com', 'http://*', false],
  ['https://valid.com:8443', 'valid.com', true],
  ['https://valid.com', 'http://valid.com', false],
  ['https://domain.com', '*.domain.com', true],
  ['https://a.b.domain.com', '*.domain.com', true],
  ['https://mydomain.com', '*.domain.com', false],
  ['http://anything.example:8080', '*:8080', true],
  ['http://anything.example', '*:8080', false],
  ['https://valid.com', 'valid.com:443', true],
  ['https://valid.com.evil.example', 'valid.com', false],
])('%s under the pattern %s: %s', (origin, pattern, expected) => {
  expect(isAllowedOrigin(origin, [pattern])).toBe(expected);
  expect(isAllowedOrigin(origin, [])).toBe(false);
});

test('the origin is that of the page, from Origin or else Referer, http only', () => {
  expect(originOf({ origin: 'https://a.example', referer: 'https://b.example/x' })).toBe('https://a.example');
  expect(originOf({ referer: 'https://b.example:8443/x?y' })).toBe('https://b.example:8443');
  expect(originOf({ origin: 'null' })).toBeUndefined();
  expect(originOf({ origin: 'null', referer: 'https://b.example/x' })).toBe('https://b.example');
  expect(originOf({ origin: 'file:///x' })).toBeUndefined();
  expect(originOf({})).toBeUndefined();
});

describe('trusted proxies', () => {
  test('are ranges or single addresses of either family; text is never one', () => {
    const isTrusted = trustedProxies(parseCidrs('10.0.0.0/8, 192.0.2.1,2001:db8::/32'));
    expect(
      ['10.1.2.3', '192.0.2.1', '2001:db8::5', '192.0.2.2', '::1', 'junk', ''].map((one) => isTrusted(one)),
    ).toEqual([true, true, true, false, false, false, false]);
  });
});

test('the configuration names what does not fit and has defaults for the rest', () => {
  expect(() => readConfig({ CULPRIT_INGEST_PORT: 'x' })).toThrow(ConfigError);
  const config = readConfig({ DATABASE_URL: 'postgres://x', CULPRIT_DATA: '/data' });
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 8401,
    workers: 2,
    snapshotFile: '/data/ingest/snapshot.json',
    limits: { envelopeBytes: 64 * 1024 ** 2, eventBytes: 1024 ** 2, attachmentBytes: 20 * 1024 ** 2 },
  });
});

test('a figure that cannot be read ends no worker', async () => {
  const registry = createRegistry();
  const collect = (): never => {
    throw new Error('closed');
  };
  new Gauge({ name: 'torn', help: 'Fails.', registers: [registry], collect });
  const before = process.listeners('message');
  const warnings: unknown[] = [];
  answerMetrics(registry, () => undefined, { warn: (facts: object) => void warnings.push(facts) });
  const [own] = process.listeners('message').filter((listener) => !before.includes(listener));
  if (own === undefined) throw new Error('it listens to its parent');
  process.off('message', own);
  own({ kind: 'metrics', request: 1 }, undefined);
  await eventually('it is said', () => warnings.length === 1);
});

test('what replaced workers have counted stays in the sum, their gauges do not', async () => {
  const sum = new MetricsSum();
  for (let worker = 0; worker < 3; worker++) {
    const registry = createRegistry();
    const metrics = createIngestMetrics(registry);
    metrics.wireBytes.inc(10);
    metrics.requests.inc({ route: '/x', status: '2xx' }, 2);
    metrics.appendSeconds.observe(0.003);
    sum.retire(await registry.getMetricsAsJSON());
  }
  for (let look = 0; look < 2; look++) {
    const { registry } = await sum.collect([]);
    const text = await registry.metrics();
    expect(text).toContain('culprit_ingest_wire_bytes_total 30\n');
    expect(text).toContain('culprit_ingest_requests_total{route="/x",status="2xx"} 6\n');
    expect(text).toContain('culprit_ingest_append_seconds_bucket{le="0.005"} 3\n');
    expect(text).not.toContain('nodejs_heap');
  }
});
