import fc from 'fast-check';
import { expect } from 'vitest';
import { parseEnvelope } from '../src/index.ts';
import { slowlyReadEnvelope } from './slow-envelope-reader.ts';

const hexId = fc
  .array(fc.constantFrom(...'0123456789abcdefABCDEF'), { minLength: 32, maxLength: 32 })
  .map((digits) => digits.join(''));
const eventId = fc.oneof(
  hexId,
  fc.uuid(),
  fc.constant('00000000-0000-0000-0000-000000000000'),
  fc.constant(null),
);

const envelopeHeader = fc.record(
  {
    event_id: eventId,
    dsn: fc.oneof(fc.webUrl(), fc.constant(7)),
    sent_at: fc.string(),
    sdk: fc.oneof(fc.record({ name: fc.string() }), fc.constant('x')),
    trace: fc.jsonValue(),
    unknown: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

const item = fc.record({
  type: fc.oneof(
    fc.constantFrom('event', 'attachment', 'session', 'client_report', '__proto__'),
    fc.string(),
  ),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string().map((text) => Buffer.from(text)),
  ),
  filename: fc.option(fc.string(), { nil: undefined }),
  withLength: fc.boolean(),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  blank: fc.constantFrom('', '\n', '\r\n', ' \n\n'),
});

/** Well-formed in all the ways that senders are known to differ. */
export const wellFormed = fc
  .record({
    header: envelopeHeader,
    lineEnd: fc.constantFrom('\n', '\r\n'),
    items: fc.array(item, { maxLength: 4 }),
    tail: fc.constantFrom('', '\n', '\n\n', '\r\n'),
  })
  .map(({ header, lineEnd, items, tail }) => {
    const parts: Uint8Array[] = [Buffer.from(JSON.stringify(header) + lineEnd)];
    for (const { type, payload, filename, withLength, lineEnd: end, blank } of items) {
      const length = withLength || payload.includes(10) ? { length: payload.length } : {};
      parts.push(Buffer.from(JSON.stringify({ type, filename, ...length }) + end), payload);
      parts.push(Buffer.from(`\n${blank}`));
    }
    return Buffer.concat([...parts, Buffer.from(tail)]);
  });

/** A well-formed one with a few bytes changed, cut out, or doubled. */
export const mutated = fc
  .tuple(
    wellFormed,
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('set', 'cut', 'copy', 'feed'), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([bytes, changes]) => {
    let out: Buffer = Buffer.from(bytes);
    for (const [place, change, value] of changes) {
      const at = out.length === 0 ? 0 : place % out.length;
      if (change === 'set' && out.length > 0) out[at] = value;
      else if (change === 'cut')
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + 1 + (value % 8))]);
      else if (change === 'copy')
        out = Buffer.concat([out.subarray(0, at), out.subarray(Math.max(0, at - value))]);
      else out = Buffer.concat([out.subarray(0, at), Buffer.from('\n'), out.subarray(at)]);
    }
    return out;
  });

const anyInput = fc.oneof(
  { weight: 3, arbitrary: mutated },
  { weight: 2, arbitrary: wellFormed },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.string().map((text) => Buffer.from(`{}\n${text}`)) },
);

/** The parser never throws, and agrees with the slow reader on what is an envelope and what is in it. */
export function checkEnvelopeLaws(numRuns: number): { readonly accepted: number; readonly refused: number } {
  let accepted = 0;
  let refused = 0;
  fc.assert(
    fc.property(anyInput, (bytes) => {
      const result = parseEnvelope(bytes);
      const slow = slowlyReadEnvelope(bytes);
      if (!result.ok) {
        refused++;
        expect(result.status).toBe(400);
        expect(slow).toBeUndefined();
        return;
      }
      accepted++;
      expect(slow).toBeDefined();
      const { header, items } = result.envelope;
      expect(items.map((one) => ({ type: one.header.type, payload: [...one.payload] }))).toEqual(
        slow?.items.map((one) => ({ type: one.header.type, payload: one.payload })),
      );
      expect(header.event_id).toBe(plainId(slow?.header.event_id));
      expect(header.sent_at).toBe(slow?.header.sent_at);
      for (const one of items) expect(one.payload.buffer).toBe(bytes.buffer);
    }),
    { numRuns },
  );
  return { accepted, refused };
}

function plainId(id: unknown): string | undefined {
  const plain = typeof id === 'string' ? id.replaceAll('-', '').toLowerCase() : undefined;
  return plain === '0'.repeat(32) ? undefined : plain;
}
