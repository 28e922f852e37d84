import { mkdir, writeFile } from 'node:fs/promises';
import { createClickHouse } from '@culprit/clickhouse';
import { createDatabase } from '@culprit/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebMetrics } from '../metrics.ts';
import { buildApp } from '../server/app.ts';
import { startTestWeb, type TestWeb } from './harness.ts';

let web: TestWeb;

beforeAll(async () => {
  web = await startTestWeb();
  await mkdir(`${web.dataFolder}/client/assets`, { recursive: true });
  await writeFile(`${web.dataFolder}/client/index.html`, '<!doctype html><title>Culprit</title>');
  await writeFile(`${web.dataFolder}/client/assets/app-1a2b.js`, 'export {};');
  await writeFile(`${web.dataFolder}/client/favicon.svg`, '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(`${web.dataFolder}/client/theme.js`, 'void 0;');
  await writeFile(`${web.dataFolder}/secret.txt`, 'secret');
});
afterAll(() => web.stop());

describe('the API over HTTP', () => {
  it('never redirects: a path is the same with and without the slash at its end', async () => {
    for (const url of [
      '/api/0/organizations/main/issues',
      '/api/0/organizations/main/issues/',
      '/api/0',
      '/api/0/',
    ]) {
      const answer = await web.send({ url });
      expect({ url, status: answer.status, type: answer.headers['content-type'] }).toEqual({
        url,
        status: 200,
        type: 'application/json; charset=utf-8',
      });
    }
  });

  it('answers JSON with a detail for what is not there', async () => {
    for (const url of ['/api/0/nothing/', '/api/1/', '/api/0/organizations/nobody/']) {
      expect(await web.send({ url })).toMatchObject({
        status: 404,
        body: { detail: 'The requested resource does not exist' },
      });
    }
    expect(await web.send({ method: 'POST', url: '/somewhere' })).toMatchObject({ status: 404 });
  });

  it('refuses bodies that are no JSON object, too long, too deep or of another type, without failing', async () => {
    const url = '/api/0/organizations/main/changes/';
    const json = { 'content-type': 'application/json' };
    const send = (payload: string, headers: Record<string, string> = json) =>
      web.send({ method: 'POST', url, headers, payload });
    for (const payload of ['{', '[]', '5', 'null', '"x"']) {
      expect(await send(payload)).toMatchObject({ status: 400, body: { detail: expect.any(String) } });
    }
    expect((await send('')).status).toBe(400);
    expect((await send(`{"data":${'['.repeat(200_000)}${']'.repeat(200_000)}}`)).status).toBe(400);
    expect((await send('{"kind":"flag","name":"a\\u0000b"}')).status).toBe(400);
    expect((await send('{"kind":"flag","name":"x","data":{"half":"\\ud800"}}')).status).toBe(400);
    expect((await send(`{"name":"${'x'.repeat(1_100_000)}"}`)).status).toBe(413);
    expect((await send('kind=flag', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(
      415,
    );
    expect((await send('{"kind":"flag","name":"x"}', { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('refuses URLs that cannot be meant, without failing', async () => {
    for (const url of [
      '/api/0/organizations/%zz/',
      '/api/0/organizations/%ff/',
      '/api/0/organizations/a%00b/',
      '/api/0/organizations/main/issues/?query=%00',
      '/api/0/organizations/main/issues/?cursor=9999999999999999999:1:0',
      '/api/0/issues/9999999999999999999/',
      '/api/0/organizations/main/issues/?query=is:constructor',
      `/api/0/organizations/main/issues/?query=${'x'.repeat(1_001)}`,
      '/api/0/organizations/main/shortids/SHOP-999999999999999999999/',
      `/api/0/organizations/main/releases/${'x'.repeat(3_000)}/`,
    ]) {
      const { status, body } = await web.send({ url });
      expect({ url, refused: status === 400 || status === 404 || status === 414, body }).toMatchObject({
        refused: true,
        body: expect.any(Object),
      });
    }
  });

  it('tells browsers to keep nothing, guess nothing and embed nothing', async () => {
    const { headers } = await web.send({ url: '/api/0/organizations/' });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('answers 503 with a detail while a store is away', async () => {
    const nowhere = 'http://127.0.0.1:1/culprit';
    const options = { trustedProxies: [], clientFolder: web.dataFolder };
    const database = createDatabase({ url: 'postgres://x@127.0.0.1:1/x', applicationName: 'test' });
    const withoutPostgres = await buildApp(
      { ...web.context, database, metrics: createWebMetrics() },
      options,
    );
    const clickhouse = createClickHouse({ url: nowhere });
    const withoutClickHouse = await buildApp(
      { ...web.context, clickhouse, metrics: createWebMetrics() },
      options,
    );
    const headers = { authorization: `Bearer ${web.main.token}` };
    const url = '/api/0/organizations/main/timeline/';
    for (const app of [withoutPostgres, withoutClickHouse]) {
      const answer = await app.inject({ url, headers });
      expect({ status: answer.statusCode, body: answer.json() }).toEqual({
        status: 503,
        body: { detail: 'A database is not available at the moment' },
      });
      await app.close();
    }
    await Promise.all([database.close(), clickhouse.close()]);
  });

  it('counts requests by the pattern of their route', async () => {
    await web.send({ url: '/api/0/organizations/main/' });
    const text = await web.context.metrics.registry.metrics();
    expect(text).toContain('route="/api/0/organizations/:org/"');
    expect(text).not.toContain('/api/0/organizations/main');
  });
});

describe('the pages', () => {
  it('are the same file for every path that is not the API’s, without scripts of strangers, and asked for anew', async () => {
    for (const url of ['/', '/issues/5/', '/organizations/main/issues/5/?x=1', '/login']) {
      const answer = await web.app.inject({ url });
      expect({ url, status: answer.statusCode, text: answer.payload }).toMatchObject({
        status: 200,
        text: '<!doctype html><title>Culprit</title>',
      });
      expect(answer.headers['cache-control']).toBe('no-cache');
      const policy = String(answer.headers['content-security-policy']);
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
    }
  });

  it('keep their hashed assets for a year, and do not fall back for a missing one', async () => {
    const asset = await web.app.inject({ url: '/assets/app-1a2b.js' });
    expect(asset.statusCode).toBe(200);
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(asset.headers['content-type']).toContain('javascript');
    expect((await web.app.inject({ url: '/assets/gone.js' })).statusCode).toBe(404);
  });

  it('have other files at their root, for which browsers ask each time', async () => {
    for (const url of ['/favicon.svg', '/theme.js']) {
      const file = await web.app.inject({ url });
      expect({ url, status: file.statusCode, cache: file.headers['cache-control'] }).toEqual({
        url,
        status: 200,
        cache: 'public, max-age=0',
      });
    }
    expect((await web.app.inject({ url: '/gone.js' })).statusCode).toBe(404);
  });

  it('never leave their folder', async () => {
    for (const url of [
      '/assets/../../secret.txt',
      '/assets/%2e%2e/%2e%2e/secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '/..%2fsecret.txt',
      '/secret.txt',
    ]) {
      const answer = await web.app.inject({ url });
      expect({ url, leaked: answer.payload.includes('secret') && answer.payload.length < 10 }).toEqual({
        url,
        leaked: false,
      });
    }
    const page = await web.app.inject({ url: '/assets/..%2findex.html' });
    expect([page.statusCode, page.headers['cache-control']]).toEqual([404, 'no-store']);
  });

  it('say so when they are not built', async () => {
    const bare = await startTestWeb();
    const answer = await bare.app.inject({ url: '/' });
    expect({ status: answer.statusCode, text: answer.payload }).toEqual({
      status: 503,
      text: 'The pages are not built yet.\n',
    });
    await bare.stop();
  });
});
