import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAuth, parseDsn } from '../src/index.ts';

const KEY = 'a94ae32be2584e0bbd7a4cbb95971fee';
const OTHER = 'b'.repeat(32);

describe('auth', () => {
  test.each([
    [{ sentryAuth: `Sentry sentry_version=7, sentry_client=raven/1.2, sentry_key=${KEY}` }, 'raven/1.2'],
    [
      { sentryAuth: `sentry sentry_key=${KEY.toUpperCase()},sentry_secret=x,sentry_client=raven/1.2` },
      'raven/1.2',
    ],
    [{ sentryAuth: `Sentry sentry_timestamp=1400000000000,sentry_key=${KEY}` }, undefined],
    [{ authorization: `Sentry sentry_key=${KEY}, sentry_version=4` }, undefined],
    [{ authorization: `Basic ${Buffer.from(`${KEY}:secret`).toString('base64')}` }, undefined],
    [
      { query: `sentry_version=7&sentry_key=${KEY}&sentry_client=sentry.javascript.browser%2F11.12.0` },
      'sentry.javascript.browser/11.12.0',
    ],
    [{ sentryAuth: '', query: `sentry_key=${KEY}` }, undefined],
    [{ authorization: 'Bearer abc', query: `sentry_key=${KEY}` }, undefined],
    [{ authorization: 'Basic cHJveHk6cHc=', query: `sentry_key=${KEY}` }, undefined],
    [
      {
        sentryAuth: `Sentry sentry_key=${KEY}, sentry_client=x/1`,
        query: `sentry_key=${KEY}&sentry_release=1`,
      },
      'x/1',
    ],
    [{ sentryAuth: `Sentry sentry_key=${KEY}, sentry_version=2.0` }, undefined],
  ])('%j names the key', (sources, client) => {
    const result = parseAuth(sources);
    expect(result).toMatchObject({ ok: true, auth: { publicKey: KEY } });
    expect(result.ok && result.auth?.client).toBe(client);
  });

  test.each([
    [{}],
    [{ query: 'a=b' }],
    [{ query: 'sentry_data=eJw' }],
    [{ authorization: 'Bearer x' }],
    [{ sentryAuth: 'x' }],
  ])('%j holds no auth and is no error', (sources) => {
    expect(parseAuth(sources)).toEqual({ ok: true });
  });

  test.each([
    [
      { sentryAuth: `Sentry sentry_key=${KEY}`, query: `sentry_key=${OTHER}` },
      401,
      'multiple authorization payloads detected',
    ],
    [{ query: `sentry_key=${KEY}&sentry_key=${OTHER}` }, 401, 'multiple authorization payloads detected'],
    [
      { sentryAuth: `Sentry sentry_key=${KEY}`, authorization: `Sentry sentry_key=${OTHER}` },
      401,
      'multiple authorization payloads detected',
    ],
    [{ sentryAuth: 'Sentry sentry_version=7' }, 401, 'bad authorization header: sentry_key is missing'],
    [{ sentryAuth: `Sentry sentry_key=${KEY}, sentry_version=seven` }, 401, 'bad sentry_version'],
    [{ sentryAuth: 'Sentry sentry_key=xyz' }, 400, 'bad sentry DSN public key'],
    [{ query: `sentry_key=${KEY}&sentry_version=8` }, 400, 'unsupported protocol version'],
  ])('%j is refused', (sources, status, detail) => {
    expect(parseAuth(sources)).toMatchObject({ ok: false, status, detail });
  });

  test('no header or query throws', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `Sentry ${rest}`),
      fc.string().map((rest) => `sentry_key=${rest}`),
    );
    fc.assert(
      fc.property(text, text, text, (sentryAuth, authorization, query) => {
        expect(parseAuth({ sentryAuth, authorization, query })).toHaveProperty('ok');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('dsn', () => {
  test.each([
    [`https://${KEY}@errors.example/42`, { protocol: 'https', host: 'errors.example', path: '' }],
    [`http://${KEY}:secret@127.0.0.1:8401/42`, { protocol: 'http', host: '127.0.0.1:8401', path: '' }],
    [
      `https://${KEY}@errors.example/behind/a/path/42/`,
      { protocol: 'https', host: 'errors.example', path: 'behind/a/path' },
    ],
  ])('%s', (text, expected) => {
    expect(parseDsn(text)).toEqual({ ...expected, publicKey: KEY, projectId: 42 });
  });

  test.each([
    [''],
    ['nonsense'],
    [`ftp://${KEY}@host/42`],
    ['https://short@host/42'],
    [`https://${KEY}@host/`],
    [`https://${KEY}@host/abc`],
    [42],
  ])('%j is none', (text) => {
    expect(parseDsn(text)).toBeUndefined();
  });
});
