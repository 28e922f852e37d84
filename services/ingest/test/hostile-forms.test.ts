import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseForm } from '../body/multipart.ts';
import { crashEventOf } from '../crash/crash-event.ts';
import { mergeJson, readFormFields } from '../crash/form-fields.ts';
import { breadcrumbsOf, eventOfPayload } from '../crash/native-files.ts';
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
