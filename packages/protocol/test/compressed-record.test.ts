import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { eventJsonOf } from '../src/decompress.ts';
import {
  decodeLogRecord,
  type EventRecordHeader,
  encodeLogRecord,
  LogRecordError,
  MAX_COMPRESSED_BODY_BYTES,
  type PayloadPart,
  parseEventId,
  parseProjectId,
} from '../src/index.ts';

const id = parseEventId('0123456789abcdef0123456789abcdef');
const projectId = parseProjectId('42');
if (id === undefined || projectId === undefined) throw new Error('these are ids');
const event = JSON.stringify({ message: 'é'.repeat(200) });
const before = '{}\n{"type":"event"}\n';
const body = Buffer.from(`${before}${event}\n`);
const part: PayloadPart = {
  encoding: 'gzip',
  size: body.length,
  start: before.length,
  length: Buffer.byteLength(event),
};

function record(payload: Uint8Array, payloadPart?: PayloadPart) {
  const header: EventRecordHeader = {
    kind: 'event',
    project_id: projectId as NonNullable<typeof projectId>,
    id: id as NonNullable<typeof id>,
    received: 0,
    key_id: 1,
    item_type: 'event',
    ...(payloadPart === undefined ? {} : { payload_part: payloadPart }),
  };
  return encodeLogRecord({ header, payload });
}

function jsonOf(bytes: Uint8Array): string {
  const { header, payload } = decodeLogRecord(bytes);
  if (header.kind !== 'event') throw new Error('it is an event');
  return Buffer.from(eventJsonOf({ header, payload })).toString();
}

describe('a record that holds a compressed body', () => {
  test.each([
    ['gzip', gzipSync(body)],
    ['br', brotliCompressSync(body)],
    ['zstd', zstdCompressSync(body)],
  ] as const)('gives the event of a %s body', (encoding, bytes) => {
    expect(jsonOf(record(bytes, { ...part, encoding }))).toBe(event);
  });

  test('says by its version that older readers cannot read it; one that holds plain JSON stays as it was', () => {
    expect(record(gzipSync(body), part)[0]).toBe(2);
    expect(record(Buffer.from(event))[0]).toBe(1);
    expect(jsonOf(record(Buffer.from(event)))).toBe(event);
  });

  test.each<[string, Uint8Array, PayloadPart]>([
    ['torn', gzipSync(body).subarray(0, 40), part],
    ['longer than announced', gzipSync(body), { ...part, size: part.size - 1 }],
    ['shorter than announced', gzipSync(body), { ...part, size: part.size + 1 }],
    ['with an event past its end', gzipSync(body), { ...part, length: part.length + 10 }],
    ['with an event before its start', gzipSync(body), { ...part, start: -1 }],
    [
      'larger than a body may be',
      gzipSync(Buffer.alloc(MAX_COMPRESSED_BODY_BYTES + 1)),
      { ...part, size: MAX_COMPRESSED_BODY_BYTES + 1 },
    ],
  ])('is refused when the body is %s', (_what, bytes, wrong) => {
    expect(() => jsonOf(record(bytes, wrong))).toThrow(LogRecordError);
  });
});
