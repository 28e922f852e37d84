import type { Exception, Frame, NormalizedEvent } from '@culprit/protocol';
import { describe, expect, it } from 'vitest';
import { group } from '../src/index.ts';
import { app, event, system, thrown, withFrames } from './builders.ts';

const hashOf = (given: NormalizedEvent) => group(given).hash;
const main = app({ module: 'shop.main', function: 'main', lineno: 1 });
const pay = app({ module: 'shop.pay', function: 'pay', lineno: 7 });
const lib = system({ module: 'requests.api', function: 'get' });
const stack = (...frames: Frame[]) => thrown(withFrames(...frames));
const message = (value: string) => thrown({ type: 'E', value });
const script = (parts: Frame) => thrown(withFrames(app(parts)), { platform: 'javascript' });

describe('events are one issue', () => {
  const base = stack(main, lib, pay);
  const same: [string, NormalizedEvent, NormalizedEvent][] = [
    [
      'when lines and columns differ',
      base,
      stack({ ...main, lineno: 99, colno: 3 }, lib, { ...pay, lineno: 8 }),
    ],
    [
      'when the message differs and there is a stack',
      base,
      thrown({ ...withFrames(main, lib, pay), value: 'other' }),
    ],
    ['when frames of libraries come and go', base, stack(system({ module: 'x', function: 'y' }), main, pay)],
    [
      'when a recursion is deeper',
      base,
      stack(main, lib, pay, { ...pay, lineno: 12 }, { ...pay, lineno: 7 }),
    ],
    [
      'when release, user, tags and environment differ',
      base,
      { ...base, release: 'b', environment: 'x', tags: [['a', 'b']] },
    ],
    ['when source lines differ', base, stack(main, lib, { ...pay, context_line: 'x = 1', vars: { a: 1 } })],
    [
      'when the directory of a file differs',
      stack(app({ filename: '/srv/a/pay.py', function: 'f' })),
      stack(app({ filename: 'C:\\x\\PAY.py', function: 'f' })),
    ],
    [
      'when a bundle has another hash',
      script({ filename: '/static/main.3f9c2b1a.js', function: 'f' }),
      script({ filename: '/static/main.90ab77de.js', function: 'f' }),
    ],
    [
      'when a chunk has another number',
      script({ filename: '/js/chunk-2391.js', function: 'f' }),
      script({ filename: '/js/chunk-17.js', function: 'f' }),
    ],
    [
      'when a vite bundle has another hash',
      script({ filename: '/assets/index-D4f9x2Kq.js', function: 'f' }),
      script({ filename: '/assets/index-Bz81m3Qa.js', function: 'f' }),
    ],
    [
      'when a library has another version in its file name',
      script({ filename: '/js/jquery-3.6.0.min.js', function: 'f' }),
      script({ filename: '/js/jquery-3.7.1.min.js', function: 'f' }),
    ],
    [
      'when the query of a script differs',
      script({ filename: '/app.js?v=1', function: 'f' }),
      script({ filename: '/app.js?v=2#x', function: 'f' }),
    ],
    [
      'when an inline script is on another page',
      script({ abs_path: 'https://a.b/users/1', filename: '/users/1', function: 'go' }),
      script({ abs_path: 'https://a.b/orders', filename: '/orders', function: 'go' }),
    ],
    [
      'when engines put other words around a name',
      script({ filename: '/a.js', function: 'async Object.run [as go]' }),
      script({ filename: '/a.js', function: 'run' }),
    ],
    [
      'when a synthetic type differs',
      thrown({ ...withFrames(main), mechanism: { synthetic: true } }),
      thrown({ ...withFrames(main), type: 'X', mechanism: { synthetic: true } }),
    ],
    [
      'when a generated Java class has another number',
      thrown(withFrames(app({ module: 'a.B$$EnhancerBySpringCGLIB$$1f2e3d', function: 'f' })), {
        platform: 'java',
      }),
      thrown(withFrames(app({ module: 'a.B$$EnhancerBySpringCGLIB$$99ab00', function: 'f' })), {
        platform: 'java',
      }),
    ],
    [
      'when a Java lambda has another number',
      thrown(withFrames(app({ module: 'a.B', function: 'lambda$run$1' })), { platform: 'java' }),
      thrown(withFrames(app({ module: 'a.B', function: 'lambda$run$2' })), { platform: 'java' }),
    ],
    [
      'when a native function has other arguments',
      thrown(withFrames(app({ function: 'std::vec<int>::push(int)' })), { platform: 'native' }),
      thrown(withFrames(app({ function: 'std::vec<char>::push(char const&)' })), { platform: 'native' }),
    ],
    [
      'when a Rust hash differs',
      thrown(withFrames(app({ function: 'shop::pay::h0123456789abcdef' })), { platform: 'native' }),
      thrown(withFrames(app({ function: 'shop::pay::hfedcba9876543210' })), { platform: 'native' }),
    ],
    [
      'when a Ruby template was compiled again',
      thrown(withFrames(app({ filename: 'a.erb', function: '_app_a_html_erb___12_34' })), {
        platform: 'ruby',
      }),
      thrown(withFrames(app({ filename: 'a.erb', function: '_app_a_html_erb___99_1' })), {
        platform: 'ruby',
      }),
    ],
    [
      'when a template has other params',
      event({ logentry: { message: 'hi %s', formatted: 'hi ann' } }),
      event({ logentry: { message: 'hi %s', formatted: 'hi bob' } }),
    ],
  ];
  it.each(same)('%s', (_, a, b) => {
    expect(hashOf(a)).toBe(hashOf(b));
  });
});

describe('events are different issues', () => {
  const base = stack(main, lib, pay);
  const different: [string, NormalizedEvent, NormalizedEvent][] = [
    ['when the type differs', base, thrown({ ...withFrames(main, lib, pay), type: 'KeyError' })],
    ['when a function differs', base, stack(main, lib, { ...pay, function: 'refund' })],
    ['when a module differs', base, stack(main, lib, { ...pay, module: 'shop.refund' })],
    ['when the order of calls differs', base, stack(pay, lib, main)],
    [
      'when the cause has another type',
      event({ exception: { values: [{ type: 'A' }, withFrames(main)] } }),
      event({ exception: { values: [{ type: 'B' }, withFrames(main)] } }),
    ],
    [
      'when names only run into each other',
      stack(app({ module: 'ab', function: 'c' })),
      stack(app({ module: 'a', function: 'bc' })),
    ],
    ['when one has a stack and the other the same message', base, message('no')],
    ['when messages without stack have other words', message('disk is full'), message('disk is empty')],
    [
      'when file names of words differ',
      script({ filename: '/assets/checkout.js', function: 'f' }),
      script({ filename: '/assets/dashboard.js', function: 'f' }),
    ],
    [
      'when log messages differ',
      event({ logentry: { formatted: 'cache miss' } }),
      event({ logentry: { formatted: 'cache hit' } }),
    ],
    [
      'when they say nothing but come from different places',
      event({ transaction: '/a' }),
      event({ transaction: '/b' }),
    ],
  ];
  it.each(different)('%s', (_, a, b) => {
    expect(hashOf(a)).not.toBe(hashOf(b));
  });
});

describe('messages without a stack are one issue', () => {
  const pairs: [string, string, string][] = [
    ['numbers', 'order 12 failed after 3.5 tries', 'order 99 failed after 120 tries'],
    ['negative numbers and exponents', 'got -5 and 1e9', 'got 7 and 2.5e-3'],
    ['durations and sizes', 'took 120ms of 3s, 20%', 'took 7ms of 14s, 5%'],
    ['UUIDs', 'no user 4c79f60c-1121-4eb3-8604-f4ae0781bfb2', 'no user 00000000-1121-4EB3-8604-F4AE0781BFFF'],
    ['hex numbers', 'at 0x7ffe12 in 9f86d081884c7d65', 'at 0xdeadbeef in 60303ae22b998861'],
    ['hashes without digits', `blob ${'a'.repeat(40)}`, `blob ${'bcdef'.repeat(8)}`],
    ['IPv4 addresses and ports', 'connect 10.0.0.1:5432 refused', 'connect 192.168.1.77:6432 refused'],
    ['IPv6 addresses', 'connect 2001:db8::1 refused', 'connect fe80::1ff:fe23:4567:890a refused'],
    ['e-mails', 'bad address ann@example.com', 'bad address bob.b+c@mail.example.org'],
    ['dates and times', 'since 2026-11-21T10:00:00Z', 'since 2025-01-02T23:59:59.123+01:00'],
    ['dates in words', 'until Sat, 21 Nov 2026 10:00:00 GMT', 'until Tue, 3 March 2027 23:10:59 GMT'],
    [
      'dates of JavaScript',
      'since Sat Nov 21 2026 10:00:00 GMT+0100',
      'since Fri Jan 02 2026 11:00:00 GMT+0200',
    ],
    ['short hex', 'colour ab12 lost', 'colour 9f0e lost'],
    ['random ids', 'no file bx3kq9f2z', 'no file k9x2m4qq7'],
    ['paths with a query', 'GET /users/42?a=1&b=2 failed', 'GET /users/43?x=y failed'],
    ['URLs of other schemes', 'put s3://bucket/a=1 failed', 'put gs://other/b failed'],
    ['URLs', 'GET https://a.example/x?y=1&z=2 failed', 'GET http://b.example:8080/q failed'],
    ['paths', 'open /var/lib/a/b.db failed', 'open /tmp/x failed'],
    ['Windows paths', 'open C:\\Users\\ann\\a.txt failed', 'open D:\\b failed'],
    ['text in double quotes', 'unknown key "alpha"', 'unknown key "beta gamma"'],
    ['text in single quotes', "unknown key 'alpha'", "unknown key 'beta'"],
    ['values after an equals sign', 'failed id=17 code=0x1f', 'failed id=4 code=0x22'],
    ['ids inside compounds', 'job worker-17/run_9f86d081 died', 'job worker-3/run_60303ae2 died'],
    ['a third line', 'a\nb\nc', 'a\n\nb\nd e f'],
  ];
  it.each(pairs)('when only %s differ', (_, a, b) => {
    expect(hashOf(message(a))).toBe(hashOf(message(b)));
    expect(hashOf(event({ logentry: { formatted: a } }))).toBe(hashOf(event({ logentry: { formatted: b } })));
  });
  it('but months without a day stay words', () => {
    expect(hashOf(message('march on, you may fail'))).not.toBe(hashOf(message('june on, you may fail')));
  });
  it('but an apostrophe hides no words', () => {
    expect(hashOf(message("it didn't bring the ball, can't go"))).not.toBe(
      hashOf(message("it didn't catch a thing, can't go")),
    );
  });
});

describe('a fingerprint', () => {
  const base = stack(main, pay);
  it('decides alone', () => {
    const a = group({ ...base, fingerprint: ['checkout', 'timeout'] });
    const b = group(event({ logentry: { formatted: 'x' }, fingerprint: ['checkout', 'timeout'] }));
    expect(a.hash).toBe(b.hash);
    expect(a.variant).toBe('fingerprint');
    expect(hashOf({ ...base, fingerprint: ['checkouttimeout'] })).not.toBe(a.hash);
  });
  it.each(['{{ default }}', '{{default}}'])('of only %s is none', (part) => {
    expect(group({ ...base, fingerprint: [part] })).toEqual(group(base));
    expect(group({ ...base, fingerprint: [] })).toEqual(group(base));
  });
  it('refines the default', () => {
    const a = hashOf({ ...base, fingerprint: ['{{ default }}', 'eu'] });
    expect(a).toBe(hashOf({ ...base, fingerprint: ['{{default}}', 'eu'], release: 'x' }));
    expect(a).not.toBe(hashOf({ ...base, fingerprint: ['{{ default }}', 'us'] }));
    expect(a).not.toBe(hashOf({ ...stack(main), fingerprint: ['{{ default }}', 'eu'] }));
    expect(a).not.toBe(hashOf(base));
  });
});

describe('what a hash is made from', () => {
  const variants: [string, NormalizedEvent, string][] = [
    ['frames of the application', stack(main, lib), 'app'],
    ['all frames when none is the application’s', stack(lib), 'all'],
    ['all frames when nobody says', thrown(withFrames({ function: 'f' })), 'all'],
    ['type and message without frames', message('x'), 'message'],
    ['type and message when frames have no names', thrown(withFrames({ lineno: 3 })), 'message'],
    [
      'the crashed thread',
      event({ threads: { values: [{ id: 1 }, { id: 2, crashed: true, stacktrace: { frames: [main] } }] } }),
      'app',
    ],
    ['the log message', event({ logentry: { formatted: 'x' } }), 'message'],
    [
      'the security report',
      event({ csp: { effective_directive: 'img-src', blocked_uri: 'https://a.b/c' } }),
      'security',
    ],
    ['the checksum', event({ checksum: 'abc' }), 'checksum'],
    ['nothing', event({}), 'fallback'],
  ];
  it.each(variants)('is %s', (_, given, variant) => {
    const grouped = group(given);
    expect([grouped.variant, grouped.strategy]).toEqual([variant, '2026-11-21']);
    expect(grouped.hash).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('title and culprit', () => {
  const titled = (exception: Exception, parts = {}) => {
    const { title, culprit, metadata } = group(thrown(exception, parts));
    return { title, culprit, metadata };
  };
  it('are of the exception that was thrown and of the newest frame of the application', () => {
    expect(titled({ ...withFrames(main, pay, lib), value: 'no money\nat all' })).toEqual({
      title: 'ValueError: no money',
      culprit: 'shop.pay in pay',
      metadata: { type: 'ValueError', value: 'no money', function: 'pay' },
    });
  });
  it('name the transaction where there is one', () => {
    expect(titled(withFrames(main), { transaction: '/checkout' }).culprit).toBe('/checkout');
  });
  it('name the file where there is no module', () => {
    expect(titled(withFrames(app({ filename: 'a/b.py', function: 'f' }))).culprit).toBe('a/b.py in f');
    expect(titled(withFrames(app({ filename: 'a/b.py' }))).culprit).toBe('a/b.py');
  });
  it('show the function of a synthetic exception', () => {
    expect(
      titled({ ...withFrames(main), type: 'Error', value: 'SIGSEGV', mechanism: { synthetic: true } }).title,
    ).toBe('main: SIGSEGV');
  });
  it('have at most 256 characters and no half of a surrogate pair', () => {
    const { title } = titled({ type: 'E', value: '😀'.repeat(400) });
    expect(title.length).toBeLessThanOrEqual(256);
    expect([title.isWellFormed(), title.endsWith('...')]).toEqual([true, true]);
  });
  it('are the message, or what little there is', () => {
    expect(group(event({ logentry: { message: 'a %s', formatted: 'a b\nc' } })).title).toBe('a b');
    expect(group(event({ transaction: '/x' })).title).toBe('/x');
    expect(group(event({})).title).toBe('<unlabeled event>');
    expect(titled({ type: 'E' }).title).toBe('E');
    expect(titled({ value: 'only this' }).title).toBe('only this');
  });
});
