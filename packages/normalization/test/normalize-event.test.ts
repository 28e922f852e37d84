import type { NormalizedEvent } from '@culprit/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePayload, handledOf } from '../src/index.ts';
import { normalized } from './normalized.ts';

/** Names that the normalizer knows, so that random objects meet its rules. */
const FIELDS = [
  ...[
    'event_id',
    'type',
    'level',
    'platform',
    'timestamp',
    'message',
    'logentry',
    'release',
    'dist',
    'environment',
  ],
  ...[
    'exception',
    'values',
    'stacktrace',
    'frames',
    'mechanism',
    'threads',
    'breadcrumbs',
    'tags',
    'user',
    'request',
  ],
  ...[
    'contexts',
    'extra',
    'sdk',
    'modules',
    'fingerprint',
    'errors',
    'debug_meta',
    'server_name',
    'transaction',
  ],
  ...[
    'id',
    'email',
    'ip_address',
    'data',
    'url',
    'headers',
    'cookies',
    'query_string',
    'method',
    'env',
    'trace',
  ],
  ...[
    'value',
    'module',
    'filename',
    'abs_path',
    'function',
    'lineno',
    'vars',
    'pre_context',
    'in_app',
    'params',
  ],
  ...[
    'formatted',
    'handled',
    'meta',
    'thread_id',
    'name',
    'version',
    'settings',
    'packages',
    'trace_id',
    'span_id',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'category',
    'ty',
    'help_link',
    'fragment',
    'posix_signal',
    'csp',
  ],
];
const scalars = [
  fc.string({ maxLength: 30 }),
  fc.constantFrom(
    'https://a.b/c?d=e#f',
    '{{auto}}',
    '1.2.3.4',
    '2026-01-01T00:00:00Z',
    '%s %(a)s',
    '{} {0}',
    '?',
    'none',
  ),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
];
/** JSON as the parser would give it: `__proto__` is a key like any other. */
const asParsed = (entries: (readonly [string, unknown])[]) =>
  JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)}}`);

/** Mostly objects, and often such whose fields have about the right shape. */
function payloadOf(scalar: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { tree, object } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 7 },
      scalar,
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.array(fc.tuple(fc.constantFrom('a', 'User-Agent', 'cookie'), tie('tree')), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc.array(fc.tuple(fc.constantFrom(...FIELDS), tie('tree')), { maxLength: 8 }).map(asParsed),
  }));
  const objects = fc.array(object, { maxLength: 3 });
  const exception = {
    type: scalar,
    value: scalar,
    mechanism: object,
    stacktrace: fc.record({ frames: objects }),
  };
  const event = {
    exception: fc.array(fc.record(exception, { requiredKeys: [] }), { maxLength: 2 }),
    breadcrumbs: objects,
    request: object,
    user: object,
    contexts: fc.dictionary(fc.string({ maxLength: 5 }), object, { maxKeys: 3 }),
    tags: fc.oneof(object, fc.array(fc.tuple(scalar, scalar), { maxLength: 4 })),
    logentry: object,
    extra: object,
    sdk: object,
  };
  const shaped = fc.record(event, { requiredKeys: [] }).map((record) => JSON.parse(JSON.stringify(record)));
  return fc.oneof(
    { weight: 1, arbitrary: tree },
    { weight: 3, arbitrary: object },
    { weight: 3, arbitrary: shaped },
  );
}
const payload = payloadOf(fc.oneof(...scalars));
const bigPayload = payloadOf(
  fc.oneof(
    ...scalars,
    fc.nat(12_000).map((length) => 'äb '.repeat(length / 3)),
    fc.nat(9000).map((n) => Array(n).fill(1)),
  ),
);

/** Bags, their bytes, and how much an estimate may be off: text of more than one byte a character. */
const BOUNDS: [keyof NormalizedEvent, number][] = [
  ['modules', 8192],
  ['extra', 262_144],
];

describe('normalizeEvent', () => {
  it('never throws, whatever JSON it gets, and refuses only what it says it refuses', () => {
    fc.assert(
      fc.property(payload, fc.option(fc.string()), (value, sentAt) => {
        const result = normalized(value, { sentAt: sentAt ?? undefined, clientIp: '203.0.113.9' });
        if (!result.ok) return ['invalid_json', 'timestamp'].includes(result.reason);
        JSON.stringify(result.event);
        return handledOf(result.event) <= 2;
      }),
      { numRuns: 700 },
    );
  });

  it('leaves its own output as it is, but for notes about what is no longer there', () => {
    fc.assert(
      fc.property(payload, (value) => {
        const first = normalized(value, { clientIp: '203.0.113.9' });
        if (!first.ok) return;
        const { errors: _e, _meta: _m, ...event } = JSON.parse(JSON.stringify(first.event));
        const second = normalized(event, { clientIp: '203.0.113.9' });
        if (!second.ok) throw new Error(second.reason);
        const { errors: _f, _meta: _n, ...again } = JSON.parse(JSON.stringify(second.event));
        expect(again).toEqual(event);
      }),
      { numRuns: 250 },
    );
  });

  it('bounds texts, bags and lists, however large they come', () => {
    fc.assert(
      fc.property(bigPayload, (value) => {
        const result = normalized(value);
        if (!result.ok) return;
        const { event } = result;
        for (const [key, limit] of BOUNDS)
          expect(JSON.stringify(event[key] ?? '').length).toBeLessThan(limit + 1024);
        for (const context of Object.values(event.contexts ?? {})) {
          expect(JSON.stringify(context).length).toBeLessThan(8192 + 1024);
        }
        for (const crumb of event.breadcrumbs?.values ?? []) {
          expect(JSON.stringify(crumb.data ?? '').length).toBeLessThan(2048 + 512);
          expect((crumb.message ?? '').length).toBeLessThanOrEqual(8392);
        }
        for (const [key, tag] of event.tags?.filter((pair) => pair !== null) ?? [])
          expect(Math.max(key?.length ?? 0, tag?.length ?? 0)).toBeLessThanOrEqual(200);
        for (const part of [event.user?.id, event.user?.username])
          expect((part ?? '').length).toBeLessThanOrEqual(128);
        expect((event.logentry?.formatted ?? '').length).toBeLessThanOrEqual(8392);
        expect(JSON.stringify(event.request?.data ?? '').length).toBeLessThan(8192 + 1024);
        expect((event.errors ?? []).length).toBeLessThanOrEqual(150);
      }),
      { numRuns: 150 },
    );
  });

  it('does not write to the payload', () => {
    fc.assert(
      fc.property(payload, (value) => {
        const before = JSON.stringify(value);
        normalized(value);
        expect(JSON.stringify(value)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps no prototype from the sender', () => {
    const decoded = decodePayload(
      Buffer.from(
        '{"extra":{"__proto__":{"x":1},"a":1},"contexts":{"__proto__":{"y":2}},"user":{"__proto__":{"id":"z"}},"tags":{"__proto__":"t"}}',
      ),
    );
    const result = normalized(decoded.ok ? decoded.value : undefined);
    if (!result.ok) throw new Error(result.reason);
    expect(JSON.parse(JSON.stringify(result.event.extra))).toEqual({ a: 1 });
    expect(result.event.user?.id).toBeUndefined();
    expect(({} as { x?: unknown; y?: unknown }).x).toBeUndefined();
  });

  it('refuses a payload that is no object', () => {
    for (const value of [null, 1, 'a', [], undefined])
      expect(normalized(value)).toEqual({ ok: false, reason: 'invalid_json' });
  });
});

describe('frames', () => {
  const frames = (count: number) =>
    Array.from({ length: count }, (_, i) => ({
      function: `f${i}`,
      in_app: i % 2 === 0,
      vars: { i },
      pre_context: ['a'],
      context_line: 'b',
    }));
  const framesOf = (count: number) => {
    const result = normalized({
      exception: { type: 'A', value: 'b', stacktrace: { frames: frames(count) } },
    });
    if (!result.ok) throw new Error(result.reason);
    return { frames: result.event.exception?.values[0]?.stacktrace?.frames ?? [], meta: result.event._meta };
  };

  it('keeps 250 frames of a deeper trace, of both ends, and the number that there were', () => {
    const { frames, meta } = framesOf(400);
    expect(frames.length).toBe(250);
    expect([
      frames[0]?.function,
      frames[124]?.function,
      frames[125]?.function,
      frames[249]?.function,
    ]).toEqual(['f0', 'f124', 'f275', 'f399']);
    expect(JSON.stringify(meta)).toContain('"frames":{"":{"len":400}}');
  });

  it('keeps source lines of 50 frames, the application first, and one line of the other frames of the application', () => {
    const { frames } = framesOf(120);
    const withVars = frames.filter((frame) => frame.vars);
    expect(withVars.length).toBe(50);
    expect(withVars.every((frame) => frame.in_app)).toBe(true);
    expect(frames.filter((frame) => frame.in_app && frame.context_line === 'b').length).toBe(60);
    expect(frames.filter((frame) => !frame.in_app && frame.context_line === 'b').length).toBe(0);
  });
});
