import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePayload } from '../src/index.ts';
import { normalized } from './normalized.ts';

const decode = (text: string) => decodePayload(new TextEncoder().encode(text));

/** Of an event whose JSON is this text. */
function storedOf(text: string) {
  const decoded = decode(text);
  if (!decoded.ok) throw new Error(decoded.reason);
  const result = normalized(decoded.value);
  if (!result.ok) throw new Error(result.reason);
  return result.event;
}

describe('decodePayload', () => {
  it('removes NUL characters and replaces lone surrogates, in values and keys', () => {
    expect(decode('{"a\\u0000":"b\\u0000c","d":["\\ud800x","\\ud83d\\ude00"],"\\udc00":1}')).toEqual({
      ok: true,
      value: { a: 'bc', d: ['\ufffdx', '😀'], '\ufffd': 1 },
    });
  });

  it('reads bare NaN and Infinity as null, but not inside text', () => {
    expect(decode('{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN \\" Infinity"}')).toEqual({
      ok: true,
      value: { a: null, b: [null, null], c: 'NaN " Infinity' },
    });
  });

  it('refuses what is no JSON object', () => {
    for (const text of ['', '[]', '"a"', '1', 'null', '{"a":', 'NaN', '{a:1}']) {
      expect(decode(text)).toEqual({ ok: false, reason: 'invalid_json' });
    }
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodePayload(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps the digits of an integer of 64 bits, as text', () => {
    const text = '{"a":[9007199254740993,-9223372036854775808],"b":9007199254740991,"c":1.0000000000000001}';
    expect(decode(text)).toEqual({
      ok: true,
      value: { a: ['9007199254740993', '-9223372036854775808'], b: 9007199254740991, c: 1 },
    });
  });

  it('finds a large integer wherever it stands, and takes no text for one', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }), (spaces, number) => {
        const text = `{${' '.repeat(spaces)}"a":${number},"b":"${number}"}`;
        expect(decode(text)).toEqual({ ok: true, value: { a: String(number), b: String(number) } });
      }),
      { numRuns: 300 },
    );
  });

  it('finds the user by the id that was sent, however large', () => {
    expect(storedOf('{"user":{"id":12345678901234567890}}').user?.id).toBe('12345678901234567890');
  });

  it('reads nesting to 489 levels, which Python programs have sent, and loses none of it', () => {
    const event = storedOf(`{"extra":{"a":${'{"k":'.repeat(489)}"deep"${'}'.repeat(489)}}}`);
    expect(JSON.stringify(event.extra)).toContain('deep');
  });

  it('reads nesting that no reviver could follow, also beside a large integer', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(storedOf(`{"extra":{"a":${deep},"b":12345678901234567890},"platform":"node"}`).platform).toBe(
      'node',
    );
  });
});
