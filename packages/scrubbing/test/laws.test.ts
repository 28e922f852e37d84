import { aNormalizedEvent as anEvent } from '@culprit/testkit/events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SCRUBBING, scrubEvent } from '../src/index.ts';

const CARDS = ['4571234567890111', '378282246310005', '6011111111111117', '5555555555554444'];
const words = fc.constantFrom(
  'foo',
  'password',
  'auth',
  '[Filtered]',
  'token=',
  'Bearer abc',
  '/home/jane/x',
  'pg://a:b@c',
  '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----',
  '123-45-6789',
  'jane@gmail.com',
  '203.0.113.9',
  '::1',
  ...CARDS,
);
const text = fc.oneof(
  fc.string(),
  fc.array(words, { maxLength: 4 }).map((parts) => parts.join(' ')),
);
const name = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('password', 'cookies', 'session', 'x', 'data'),
);
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.constantFrom(null, true, 7, 4571234567890111),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.tuple(name, tie('value')),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
})).value;
const settings = fc.record({
  dataScrubber: fc.boolean(),
  dataScrubberDefaults: fc.boolean(),
  scrubIPAddresses: fc.boolean(),
  sensitiveFields: fc.array(fc.constantFrom('foo', 'jane', '', 'filter'), { maxLength: 2 }),
  safeFields: fc.array(fc.constantFrom('password', 'x.**', '$user.id', '*'), { maxLength: 2 }),
  relayPiiConfig: fc.constant(null),
});
const pairs = fc.array(fc.oneof(fc.tuple(name, fc.option(text)), fc.constant(null)), { maxLength: 4 });
const fields = fc.record(
  {
    extra: fc.dictionary(name, json, { maxKeys: 4 }),
    user: fc.dictionary(fc.constantFrom('id', 'email', 'username', 'data', 'ip_address'), json),
    request: fc.record({
      url: text,
      data: json,
      headers: pairs,
      cookies: pairs,
      query_string: pairs,
      env: json,
    }),
    breadcrumbs: fc.record({ values: fc.array(fc.record({ message: text, data: json }), { maxLength: 2 }) }),
    logentry: fc.record({ formatted: text, params: json }),
    exception: fc.record({ values: fc.array(fc.record({ value: text, mechanism: json }), { maxLength: 2 }) }),
    contexts: fc.dictionary(fc.constantFrom('os', 'mine', 'response', 'feedback'), json),
    errors: fc.array(
      fc.record({
        type: fc.constant('invalid_data'),
        name: fc.constantFrom('a.b', 'extra.password'),
        value: json,
      }),
      {
        maxLength: 2,
      },
    ),
    _meta: fc.dictionary(fc.constantFrom('extra', 'user', ''), json),
  },
  { requiredKeys: [] },
);

describe('scrubbing', () => {
  test('never throws, and changes nothing of what it was given', () => {
    fc.assert(
      fc.property(fields, settings, (given, by) => {
        const event = anEvent(given);
        const before = structuredClone(event);
        scrubEvent(event, by);
        expect(event).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  test('never throws, whatever stands where a known field should be', () => {
    const names = [
      'request',
      'user',
      'exception',
      'threads',
      'stacktrace',
      'breadcrumbs',
      'contexts',
      'logentry',
      'csp',
      'sdk',
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), json), settings, (given, by) => {
        scrubEvent(anEvent(given), by);
      }),
      { numRuns: 300 },
    );
  });

  test('does the same when it is done again', () => {
    fc.assert(
      fc.property(fields, settings, (given, by) => {
        const once = scrubEvent(anEvent(given), by);
        expect(scrubEvent(once, by)).toEqual(once);
      }),
      { numRuns: 300 },
    );
  });

  test('takes a cookie wholly for its name, also where its value is an address', () => {
    const request = { url: '', cookies: [['session', '203.0.113.9']] };
    const scrubbed = scrubEvent(anEvent({ request }), { ...DEFAULT_SCRUBBING, scrubIPAddresses: true });
    expect(scrubbed.request?.cookies).toEqual([['session', '[Filtered]']]);
  });

  test('leaves no card number in a field that takes part', () => {
    fc.assert(
      fc.property(fields, (given) => {
        const { extra, user, request, breadcrumbs, logentry, errors } = scrubEvent(
          anEvent(given),
          DEFAULT_SCRUBBING,
        );
        const kept = textsOf([
          extra,
          user,
          request && { ...request, url: '' },
          breadcrumbs,
          logentry,
          errors,
        ]);
        for (const one of kept) {
          expect(one).not.toMatch(/\b(?:3[47]\d|4\d{3}|5[1-5]\d\d|65\d\d|6011)(?:[-\s]?\d){12}\b/);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('leaves no word of a password under a name or in a text that takes part', () => {
    fc.assert(
      fc.property(fc.dictionary(name, json), (extra) => {
        const kept = textsOf(scrubEvent(anEvent({ extra }), DEFAULT_SCRUBBING).extra);
        expect(kept.filter((one) => /password|auth\b/i.test(one))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('remarks on each change at its place, with ranges that hold what was put there', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), text, { maxKeys: 4 }), (extra) => {
        const scrubbed = scrubEvent(anEvent({ extra }), DEFAULT_SCRUBBING);
        const meta = (scrubbed._meta?.extra ?? {}) as Record<
          string,
          Record<string, { rem: [string, string, number, number][] }>
        >;
        for (const [key, value] of Object.entries(scrubbed.extra ?? {})) {
          const remarks = meta[key]?.['']?.rem ?? [];
          expect(remarks.length > 0).toBe(value !== extra[key]);
          const characters = Array.from(String(value));
          for (const [, , start, end] of remarks)
            expect(characters.slice(start, end).join('')).toBe('[Filtered]');
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** All texts in a value, but for names, which may stand first in a list of two. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.length === 2 && typeof value[0] === 'string') return textsOf(value[1]);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
