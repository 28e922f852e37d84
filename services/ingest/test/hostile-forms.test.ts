import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseForm } from '../body/multipart.ts';
import { crashEventOf } from '../crash/crash-event.ts';
import { mergeJson, readFormFields } from '../crash/form-fields.ts';
import { breadcrumbsOf, eventOfPayload } from '../crash/native-files.ts';
import { wholeValues } from '../crash/whole-values.ts';
import { formBody } from './form-body.ts';

const LIMITS = { fileBytes: 10_000, fieldBytes: 1_000, files: 5, fields: 5 };
const part = fc.record(
  {
    name: fc.constantFrom('a', 'upload_file_minidump', 'sentry', 'sentry[x][y]', '__proto__', ''),
    value: fc.uint8Array({ maxLength: 300 }),
    filename: fc.constantFrom('f.txt', '../../etc/passwd', '', 'ü'),
    type: fc.constantFrom('text/plain', 'application/octet-stream', 'multipart/mixed; boundary=y'),
  },
  { requiredKeys: ['name', 'value'] },
);

describe('forms', () => {
  test('of any bytes are read or refused, and never hang', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 8 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
        fc.nat(),
        async (parts, changes, cut) => {
          const { payload, headers } = formBody(parts);
          for (const [at, byte] of changes) payload[at % payload.length] = byte;
          const body = cut % 2 === 0 ? payload : payload.subarray(0, cut % payload.length);
          const form = await parseForm(body, headers['content-type'], LIMITS);
          if (!form.ok) expect([400, 413]).toContain(form.status);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('of good parts give back what was put in', async () => {
    const good = fc.array(
      fc.record({
        name: fc.constantFrom('a', 'b'),
        filename: fc.constant('f'),
        value: fc.uint8Array({ maxLength: 3_000 }),
      }),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(good, async (parts) => {
        const { payload, headers } = formBody(parts, 'a-boundary-that-no-part-contains');
        const form = await parseForm(payload, headers['content-type'], LIMITS);
        const files = form.ok
          ? form.files.map(({ name, bytes }) => ({ name, value: [...bytes] }))
          : undefined;
        expect(files).toEqual(parts.map(({ name, value }) => ({ name, value: [...value] })));
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ['text/plain'],
    ['multipart/form-data'],
    ['multipart/form-data; boundary='],
    ['multipart/mixed; boundary=x'],
    [''],
  ])('of type %j are refused', async (type) => {
    expect(await parseForm(Buffer.from('--x--\r\n'), type, LIMITS)).toMatchObject({
      ok: false,
      status: 400,
      reason: 'invalid_multipart',
    });
  });
});

test('a form of nothing but boundaries is refused before the most of them are read', async () => {
  // 5 MB; compressed, a request of a few kilobytes can bring it.
  const body = Buffer.from('\r\n--x'.repeat(1_000_000));
  const start = process.threadCpuUsage();
  expect(await parseForm(body, 'multipart/form-data; boundary=x', LIMITS)).toMatchObject({ status: 413 });
  const { user, system } = process.threadCpuUsage(start);
  expect((user + system) / 1000).toBeLessThan(500);
});

describe('what a native SDK says', () => {
  test('never throws, whatever the bytes are', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.jsonValue().map((value) => encode(value, { maxDepth: 1_000 })),
      fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
    );
    const fields = fc.array(
      fc.record({
        name: fc.oneof(
          fc.string(),
          fc.constantFrom('sentry', 'sentry[a]', 'sentry[__proto__][b]', 'sentry__1'),
        ),
        value: fc.oneof(fc.string(), fc.json()),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(bytes, bytes, bytes, fields, (dump, event, breadcrumbs, form) => {
        const made = crashEventOf({
          kind: 'minidump',
          dump,
          event,
          breadcrumbs: [breadcrumbs, event],
          fields: form,
        });
        expect(JSON.parse(JSON.stringify(made))).toHaveProperty('exception');
      }),
      { numRuns: 1_000 },
    );
    expect({}).not.toHaveProperty('b');
  });

  test.each([
    ['an array that claims four billion entries', Buffer.from('ddffffffff', 'hex')],
    [
      'a hundred arrays within each other that claim 300,000 entries each',
      Buffer.concat([Buffer.alloc(500, Buffer.from('dd000493e0', 'hex')), Buffer.alloc(500_000, 0xc0)]),
    ],
    ['a text that claims four gigabytes', Buffer.from('dbffffffff61', 'hex')],
    ['nesting of a hundred thousand', Buffer.alloc(100_000, 0x91)],
    [
      'a key that would change a prototype',
      Buffer.concat([Buffer.from([0x81, 0xa9]), Buffer.from('__proto__'), encode({ polluted: true })]),
    ],
  ])('is nothing when it is %s', (_what, bytes) => {
    expect(eventOfPayload(bytes)).toEqual({});
    expect(breadcrumbsOf([bytes])).toEqual([]);
    expect({}).not.toHaveProperty('polluted');
  });

  test('costs no more memory than the values that are there', () => {
    // Nothing but heads of arrays: a reader that believed them would ask for eight megabytes each.
    const liar = Buffer.alloc(200, Buffer.from('dd000f0000', 'hex'));
    const bytes = Buffer.concat([encode({ message: 'm' }), liar, Buffer.alloc(983_040, 0xc0)]);
    const before = process.memoryUsage().heapUsed;
    expect(breadcrumbsOf([bytes])).toEqual([{ message: 'm' }]);
    expect(eventOfPayload(bytes.subarray(9))).toEqual({});
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  });

  test('that is cut is kept up to the last whole value', () => {
    const whole = encode({ message: 'm', at: new Date(0), n: [1, -1, 1e300, 2 ** 40, 'x'.repeat(300)] });
    for (let cut = 0; cut < whole.length; cut++) {
      const bytes = Buffer.concat([whole, whole.subarray(0, cut)]);
      expect(wholeValues(bytes)).toHaveLength(whole.length);
      expect(wholeValues(whole.subarray(0, cut))).toHaveLength(0);
    }
  });

  test('of any kind is whole for who wrote it', () => {
    fc.assert(
      fc.property(fc.array(fc.anything({ withTypedArray: false }), { maxLength: 3 }), (values) => {
        const plain = values.map((value) => JSON.parse(JSON.stringify(value ?? null) ?? 'null') as unknown);
        const bytes = Buffer.concat(plain.map((value) => encode(value)));
        expect(wholeValues(bytes)).toHaveLength(bytes.length);
      }),
      { numRuns: 300 },
    );
  });

  test('the longer of two files of breadcrumbs says how many there are, the newer comes last', () => {
    const file = (from: number, count: number): Uint8Array =>
      Buffer.concat(
        Array.from({ length: count }, (_, index) =>
          encode({ message: `m${from + index}`, timestamp: `2026-11-21T10:00:${10 + from + index}Z` }),
        ),
      );
    const messages = (files: readonly Uint8Array[]) => breadcrumbsOf(files).map(({ message }) => message);
    expect(messages([file(3, 2), file(0, 3)])).toEqual(['m2', 'm3', 'm4']);
    expect(messages([file(0, 3), file(3, 1)])).toEqual(['m1', 'm2', 'm3']);
    expect(messages([])).toEqual([]);
  });

  test('hundreds of fields are laid over a large event in time', () => {
    const event = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`k${i}`, 1]));
    const fields = Array.from({ length: 490 }, (_, i) => ({ name: `sentry[tags][t${i}]`, value: 'x' }));
    const start = process.threadCpuUsage();
    expect(readFormFields(fields, event)).toMatchObject({ k199999: 1, tags: { t0: 'x', t489: 'x' } });
    const { user, system } = process.threadCpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(3_000);
  });

  test('fields are laid over each other, and no key reaches a prototype', () => {
    const event = readFormFields(
      [
        { name: 'sentry', value: '{"__proto__":{"polluted":true},"tags":{"a":"1"}}' },
        { name: 'sentry[__proto__][polluted]', value: 'yes' },
        { name: 'sentry[constructor][prototype][polluted]', value: 'yes' },
        { name: 'sentry[tags][b]', value: '2' },
        { name: 'sentry[]', value: 'extra' },
      ],
      {},
    );
    expect({}).not.toHaveProperty('polluted');
    expect(JSON.parse(JSON.stringify(event))).toMatchObject({
      tags: { a: '1', b: '2' },
      extra: { 'sentry[]': 'extra' },
    });
    expect(mergeJson({ a: { b: 1 }, c: [1] }, { a: { d: 2 }, c: [2] })).toEqual({
      a: { b: 1, d: 2 },
      c: [2],
    });
  });
});
