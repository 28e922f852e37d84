import { describe, expect, test } from 'vitest';
import { parseEnvelope } from '../src/index.ts';

const ID = '9ec79c33ec9942ab8353589fcb2e04dc';
const read = (text: string) => parseEnvelope(Buffer.from(text));
const itemsOf = (text: string): readonly (readonly [string, string])[] => {
  const result = read(text);
  if (!result.ok) throw new Error(result.detail);
  return result.envelope.items.map((item) => [item.header.type, Buffer.from(item.payload).toString()]);
};

describe('what senders do is read', () => {
  test('an item without a length goes to the end of its line, the last one to the end of the bytes', () => {
    expect(itemsOf('{}\n{"type":"session"}\n{"a":1}\n{"type":"event"}\n{"b":2}')).toEqual([
      ['session', '{"a":1}'],
      ['event', '{"b":2}'],
    ]);
  });

  test('a length counts bytes, and its payload may hold line feeds', () => {
    const text = 'Grüße\nan alle\n';
    const length = Buffer.byteLength(text);
    expect(itemsOf(`{}\n{"type":"attachment","length":${length}}\n${text}\n{"type":"event"}\n{}`)).toEqual([
      ['attachment', text],
      ['event', '{}'],
    ]);
  });

  test('blank lines between and after items, and \\r\\n after header lines', () => {
    expect(
      itemsOf('{}\r\n\n{"type":"event"}\r\n{"b":2}\n\n\r\n{"type":"event","length":2}\n{}\n\n\n'),
    ).toEqual([
      ['event', '{"b":2}'],
      ['event', '{}'],
    ]);
  });

  test('a \\r at the end of a payload belongs to the payload', () => {
    expect(itemsOf('{}\n{"type":"event"}\n{}\r\n')).toEqual([['event', '{}\r']]);
  });

  test('an empty payload, also as the last header at the end of the bytes', () => {
    expect(itemsOf('{}\n{"type":"a","length":0}\n\n{"type":"b"}\n\n{"type":"c","length":0}')).toEqual([
      ['a', ''],
      ['b', ''],
      ['c', ''],
    ]);
  });

  test('an envelope without items', () => {
    expect(read('{}')).toEqual({ ok: true, envelope: { header: {}, items: [] } });
  });

  test.each([
    [`"${ID}"`, ID],
    ['"9EC79C33-EC99-42AB-8353-589FCB2E04DC"', ID],
    ['"00000000-0000-0000-0000-000000000000"', undefined],
    ['"00000000000000000000000000000000"', undefined],
    ['null', undefined],
  ])('the event id %s is read as %s', (id, expected) => {
    const result = read(`{"event_id":${id}}\n`);
    expect(result.ok && result.envelope.header.event_id).toBe(expected);
  });

  test('header fields of a wrong type are left out', () => {
    expect(read('{"dsn":1,"sent_at":[],"sdk":"x","trace":null,"more":{}}')).toEqual({
      ok: true,
      envelope: { header: {}, items: [] },
    });
  });
});

describe('what would be guessing is refused as a whole', () => {
  test.each([
    ['', 'empty body', 'no_data'],
    ['\n', 'invalid envelope header', 'invalid_envelope'],
    ['[]\n', 'invalid envelope header', 'invalid_envelope'],
    ['{"a":', 'invalid envelope header', 'invalid_envelope'],
    ['{"event_id":"xyz"}\n', 'bad event id in envelope header', 'invalid_envelope'],
    ['{"event_id":12}\n', 'bad event id in envelope header', 'invalid_envelope'],
    ['{}\nnonsense\n', 'invalid item header', 'invalid_envelope'],
    ['{}\n{"length":2}\n{}', 'item header has no type', 'invalid_envelope'],
    ['{}\n{"type":5}\n{}', 'item header has no type', 'invalid_envelope'],
    ['{}\n{"type":"event","length":-1}\n{}', 'bad length in item header', 'invalid_envelope'],
    ['{}\n{"type":"event","length":"2"}\n{}', 'bad length in item header', 'invalid_envelope'],
    [
      '{}\n{"type":"event","length":3}\n{}',
      'item length is past the end of the envelope',
      'invalid_envelope',
    ],
    ['{}\n{"type":"event","length":1}\n{}\n', 'missing newline after item payload', 'invalid_envelope'],
  ])('%j', (text, detail, reason) => {
    expect(read(text)).toEqual({ ok: false, status: 400, detail, reason });
  });

  test('more items than the limit, and a header line that is too long', () => {
    const limits = { maxItems: 2, maxHeaderBytes: 64, maxItemHeadersBytes: 100 };
    expect(parseEnvelope(Buffer.from('{}\n{"type":"a"}\n\n{"type":"a"}\n\n'), limits).ok).toBe(true);
    expect(
      parseEnvelope(Buffer.from('{}\n{"type":"a"}\n\n{"type":"a"}\n\n{"type":"a"}'), limits),
    ).toMatchObject({
      status: 413,
      reason: 'too_large',
    });
    const long = JSON.stringify({ type: 'a', filename: 'x'.repeat(64) });
    expect(parseEnvelope(Buffer.from(`{}\n${long}\n`), limits)).toMatchObject({ status: 400 });
  });

  test('header lines that are too long together, which would all be parsed in one go', () => {
    const header = JSON.stringify({ type: 'new', x: 'x'.repeat(100_000) });
    const envelope = (count: number) => Buffer.from(`{}\n${`${header}\n\n`.repeat(count)}`);
    expect(parseEnvelope(envelope(10)).ok).toBe(true);
    expect(parseEnvelope(envelope(11))).toMatchObject({ status: 400, detail: 'item headers are too long' });
  });
});

test.each([
  ['{"sent_at":"a","sent_at":"a"}', false],
  ['{"sent_at":"a", "event_id":null, "sent_at" : "b"}', false],
  ['{"sent_at":"a"}', true],
  ['{"sent_at":"sent_at"}', true],
  ['{"sent_at":"a","trace":{"sent_at":"b"}}', true],
  ['{"sent_at":"a","x":["sent_at",{"sent_at":1}]}', true],
  ['{"sent_at":"a","x":"\\"sent_at\\": {"}', true],
  ['{"trace":{"sent_at":"b","sent_at":"c"}}', true],
])('a header %s that says twice when it was sent is refused: good is %s', (header, isGood) => {
  expect(parseEnvelope(Buffer.from(`${header}\n`)).ok).toBe(isGood);
});
