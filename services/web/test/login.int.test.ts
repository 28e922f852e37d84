import { accountSchema, apiInfoSchema } from '@culprit/api';
import { sql } from '@culprit/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPerson, aToken, PASSWORD, startTestWeb, type TestPerson, type TestWeb } from './harness.ts';

let web: TestWeb;
let ada: TestPerson;

beforeAll(async () => {
  web = await startTestWeb();
  ada = await aPerson(web.database, { organizationId: web.main.id, role: 'admin' });
});
afterAll(() => web.stop());

function logIn(
  email: string,
  password: string,
  extra: { headers?: Record<string, string>; ip?: string } = {},
) {
  return web.app.inject({
    method: 'POST',
    url: '/api/0/auth/',
    remoteAddress: extra.ip ?? '192.0.2.1',
    headers: { ...extra.headers },
    payload: { email, password },
  });
}

describe('logging in', () => {
  it('answers who it is and sets a cookie that scripts cannot read, for https only, and the database knows only its hash', async () => {
    const answer = await logIn(ada.email.toUpperCase(), PASSWORD);
    expect(answer.statusCode).toBe(200);
    expect(accountSchema.parse(answer.json())).toMatchObject({
      email: ada.email,
      organizations: [{ slug: 'main', role: 'admin' }],
    });
    const cookie = String(answer.headers['set-cookie']);
    expect(cookie).toMatch(
      /^culprit_session=[A-Za-z0-9_-]{43}; Max-Age=1209600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const me = await web.app.inject({ url: '/api/0/auth', headers: { cookie: cookie.split(';', 1)[0] } });
    expect(me.json()).toMatchObject({ email: ada.email });
    const value = cookie.slice('culprit_session='.length, cookie.indexOf(';'));
    const { n } = await web.database.one<{ n: number }>(sql`
      select count(*)::int as n from web_sessions where id_hash = sha256(${value}::bytea)`);
    expect(n).toBe(1);
  });

  it('refuses a wrong password and an unknown account in the same words', async () => {
    const [wrong, unknown] = await Promise.all([
      logIn(ada.email, 'no', { ip: '192.0.2.2' }),
      logIn('nobody@example.com', 'no', { ip: '192.0.2.2' }),
    ]);
    expect([wrong.statusCode, unknown.statusCode]).toEqual([401, 401]);
    expect(wrong.json()).toEqual(unknown.json());
    expect(wrong.headers['set-cookie']).toBeUndefined();
  });

  it('slows guessing down per address and account, and lets the right person in from elsewhere', async () => {
    const tries = await Promise.all(
      Array.from({ length: 12 }, () => logIn(ada.email, 'guess', { ip: '192.0.2.66' })),
    );
    expect(tries.filter((answer) => answer.statusCode === 401)).toHaveLength(8);
    const refused = tries.filter((answer) => answer.statusCode === 429);
    expect(refused).toHaveLength(4);
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThan(0);
    expect((await logIn(ada.email, PASSWORD, { ip: '192.0.2.66' })).statusCode).toBe(429);
    expect((await logIn(ada.email, PASSWORD, { ip: '192.0.2.7' })).statusCode).toBe(200);
    web.clock.advance(10 * 60_000);
    expect((await logIn(ada.email, PASSWORD, { ip: '192.0.2.66' })).statusCode).toBe(200);
  });

  it('refuses a login that another site sends', async () => {
    const headers = { origin: 'https://evil.example' };
    expect((await logIn(ada.email, PASSWORD, { headers })).statusCode).toBe(403);
    expect(
      (await logIn(ada.email, PASSWORD, { headers: { 'sec-fetch-site': 'cross-site' } })).statusCode,
    ).toBe(403);
  });

  it('names the fields that are missing', async () => {
    const answer = await web.app.inject({ method: 'POST', url: '/api/0/auth/', payload: { email: 5 } });
    expect(answer.statusCode).toBe(400);
    expect(Object.keys(answer.json())).toEqual(['email', 'password']);
  });
});

describe('a session', () => {
  it('may change things only from our own pages', async () => {
    const person = await aPerson(web.database, { organizationId: web.main.id, role: 'admin' });
    const put = (headers: Record<string, string>) =>
      web.app.inject({
        method: 'PUT',
        url: '/api/0/organizations/main/issues/?id=1',
        headers: { cookie: person.cookie, ...headers },
        payload: {},
      });
    expect((await put({})).statusCode).toBe(403);
    expect((await put({ origin: 'https://evil.example' })).statusCode).toBe(403);
    expect((await put({ 'sec-fetch-site': 'same-site', origin: 'https://culprit.example' })).statusCode).toBe(
      403,
    );
    expect((await put({ origin: 'https://culprit.example' })).statusCode).toBe(204);
    expect((await put({ 'sec-fetch-site': 'same-origin' })).statusCode).toBe(204);
  });

  it('ends with logging out, and with time', async () => {
    const person = await aPerson(web.database, { organizationId: web.main.id, role: 'member' });
    const headers = { cookie: person.cookie, 'sec-fetch-site': 'same-origin' };
    const out = await web.app.inject({ method: 'DELETE', url: '/api/0/auth/', headers });
    expect(out.statusCode).toBe(204);
    expect(String(out.headers['set-cookie'])).toContain('culprit_session=;');
    expect((await web.app.inject({ url: '/api/0/auth/', headers })).statusCode).toBe(401);

    const other = await aPerson(web.database, { organizationId: web.main.id, role: 'member' });
    expect(
      (await web.app.inject({ url: '/api/0/auth/', headers: { cookie: other.cookie } })).statusCode,
    ).toBe(200);
    web.clock.advance(86_400_001);
    expect(
      (await web.app.inject({ url: '/api/0/auth/', headers: { cookie: other.cookie } })).statusCode,
    ).toBe(401);
  });
});

describe('an API token', () => {
  it('is told what it may; a wrong one is refused even where nobody needs to be known', async () => {
    const token = await aToken(web.database, web.main, ['org:ci']);
    const info = await web.app.inject({ url: '/api/0/', headers: { authorization: `Bearer ${token}` } });
    expect(apiInfoSchema.parse(info.json())).toEqual({
      version: '0',
      user: null,
      auth: { scopes: ['org:ci'] },
    });
    expect((await web.app.inject({ url: '/api/0/' })).json()).toEqual({
      version: '0',
      user: null,
      auth: null,
    });
    const wrong = await web.app.inject({ url: '/api/0/', headers: { authorization: `Bearer ${token}x` } });
    expect({ status: wrong.statusCode, body: wrong.json() }).toEqual({
      status: 401,
      body: { detail: 'Invalid token' },
    });
  });

  it('stops when it is revoked', async () => {
    const token = await aToken(web.database, web.main, ['org:read']);
    const ask = () =>
      web.app.inject({ url: '/api/0/organizations/main/', headers: { authorization: `Bearer ${token}` } });
    expect((await ask()).statusCode).toBe(200);
    await web.database.execute(
      sql`update api_tokens set revoked_at = now() where last_characters = ${token.slice(-4)}`,
    );
    expect((await ask()).statusCode).toBe(401);
  });

  it('of a person may no more than the person', async () => {
    const support = await aPerson(web.database, { organizationId: web.main.id, role: 'support' });
    const token = await aToken(web.database, web.main, ['event:admin'], support.userId);
    const headers = { authorization: `Bearer ${token}` };
    const read = await web.app.inject({ url: '/api/0/organizations/main/issues/', headers });
    const write = await web.app.inject({
      method: 'PUT',
      url: '/api/0/organizations/main/issues/?id=1',
      headers,
      payload: {},
    });
    expect([read.statusCode, write.statusCode]).toEqual([200, 403]);
  });
});
