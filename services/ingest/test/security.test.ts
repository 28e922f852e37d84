import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { KEY, PICKY_KEY, testIngest } from './harness.ts';

const url = (route = 'security', query = '') => `/api/42/${route}/?sentry_key=${KEY}${query}`;
const report = JSON.stringify({
  'csp-report': { 'document-uri': 'https://shop.example/', 'violated-directive': 'img-src' },
});

function send(ingest: ReturnType<typeof testIngest>, payload: string | Buffer, type: string, path = url()) {
  return ingest.app.inject({ method: 'POST', url: path, payload, headers: { 'content-type': type } });
}

describe('security reports', () => {
  test.each([
    ['application/csp-report'],
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['Application/CSP-Report;charset=UTF-8'],
    ['application/expect-ct-report'],
    ['application/expect-ct-report+json'],
    ['application/expect-staple-report'],
  ])('of type %s are taken as they are', async (type) => {
    for (const route of ['security', 'csp-report']) {
      const ingest = testIngest();
      const path = url(route, '&sentry_release=shop%401.0&sentry_environment=live');
      const response = await send(ingest, report, type, path);
      expect([response.statusCode, response.body]).toEqual([200, '']);
      expect(ingest.log.records[0]?.header).toMatchObject({
        kind: 'event',
        item_type: 'security',
        report: {
          content_type: type.toLowerCase().replace(/;.*/, ''),
          release: 'shop@1.0',
          environment: 'live',
        },
        client_ip: '127.0.0.1',
      });
      expect(Buffer.from(ingest.log.records[0]?.payload ?? []).toString()).toBe(report);
    }
  });

  test('of the Reporting API are an event each', async () => {
    const ingest = testIngest();
    const entries = [
      { type: 'csp-violation', age: 1, url: 'https://a.example/', body: { blockedURL: 'inline' } },
      { type: 'deprecation', body: {} },
    ];
    const response = await send(ingest, JSON.stringify(entries), 'application/reports+json');
    expect([response.statusCode, response.body]).toEqual([200, '']);
    expect(ingest.log.records).toHaveLength(2);
    expect(ingest.log.records.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()))).toEqual(
      entries,
    );
    expect(new Set(ingest.log.records.map(({ header }) => header.id)).size).toBe(2);
    expect(ingest.log.records[0]?.header).toMatchObject({
      report: { content_type: 'application/reports+json' },
    });
  });

  test('of the Reporting API beyond a hundred are counted', async () => {
    const ingest = testIngest();
    const entries = Array.from({ length: 103 }, () => ({ type: 'csp-violation', body: {} }));
    await send(ingest, JSON.stringify(entries), 'application/reports+json');
    expect(ingest.log.records).toHaveLength(100);
    expect(await ingest.outcomes()).toEqual(['42/1 invalid too_large:security security 3']);
  });

  test('may be compressed', async () => {
    const ingest = testIngest();
    const response = await ingest.app.inject({
      method: 'POST',
      url: url(),
      payload: gzipSync(report),
      headers: { 'content-type': 'application/csp-report', 'content-encoding': 'gzip' },
    });
    expect(response.statusCode).toBe(200);
    expect(Buffer.from(ingest.log.records[0]?.payload ?? []).toString()).toBe(report);
  });

  test('that are no JSON are answered well: what is wrong has an outcome later', async () => {
    const ingest = testIngest();
    expect((await send(ingest, '[{', 'application/reports+json')).statusCode).toBe(200);
    expect(ingest.log.records).toHaveLength(1);
  });

  test.each([
    ['text/plain', report, 415, 'unsupported content type of a security report', 'content_type'],
    ['multipart/form-data', report, 415, 'unsupported content type of a security report', 'content_type'],
    ['application/csp-report', '', 400, 'empty body', 'no_data'],
    [
      'application/csp-report',
      ' '.repeat(1024 * 1024 + 1),
      413,
      "envelope exceeded size limits for type 'security'",
      'too_large:security',
    ],
  ])('of type %s and such a body are refused', async (type, body, status, detail, reason) => {
    const ingest = testIngest();
    const response = await send(ingest, body, type);
    expect([response.statusCode, response.json()]).toEqual([status, { detail }]);
    expect(await ingest.outcomes()).toEqual([`42/1 invalid ${reason} default 1`]);
  });

  test('come from allowed origins only', async () => {
    const { app } = testIngest();
    const response = await app.inject({
      method: 'POST',
      url: `/api/44/security/?sentry_key=${PICKY_KEY}`,
      payload: report,
      headers: { 'content-type': 'application/csp-report', origin: 'https://other.example' },
    });
    expect([response.statusCode, response.json()]).toEqual([
      403,
      { detail: 'event submission rejected with_reason: Cors' },
    ]);
  });
});
