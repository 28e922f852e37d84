import { gzipSync } from 'node:zlib';
import { MAX_COMPRESSED_BODY_BYTES } from '@culprit/protocol';
import { eventJsonOf } from '@culprit/protocol/decompress';
import { describe, expect, test } from 'vitest';
import { AUTH, EVENT_ID, envelope, testIngest } from './harness.ts';

const post = { method: 'POST', headers: { ...AUTH, 'content-encoding': 'gzip' } } as const;

/** Posts a body; gives the one record and the event that a processor reads from it. */
async function stored(url: string, payload: Buffer, headers: object = post.headers) {
  const { app, log } = testIngest();
  const response = await app.inject({ ...post, url, headers: { ...headers }, payload });
  expect(response.statusCode).toBe(200);
  const [record] = log.records;
  if (record?.header.kind !== 'event') throw new Error('one event was stored');
  const { header, payload: bytes } = record;
  return { header, bytes, json: Buffer.from(eventJsonOf({ header, payload: bytes })).toString() };
}

const eventOf = (message: string): string => JSON.stringify({ event_id: EVENT_ID, message });
const envelopeOf = (event: string): Buffer => envelope({ event_id: EVENT_ID }, [{ type: 'event' }, event]);

describe('a compressed request', () => {
  test('is logged as it came, and the event is read from it as it was sent', async () => {
    const event = eventOf('boom '.repeat(500));
    const body = gzipSync(envelopeOf(event));
    const { bytes, json } = await stored('/api/42/envelope/', body);
    expect(Buffer.compare(bytes, body)).toBe(0);
    expect(json).toBe(event);
  });

  test('to the store route likewise', async () => {
    const event = eventOf('boom '.repeat(500));
    const { header, json } = await stored('/api/42/store/', gzipSync(event));
    expect(header.payload_part).toEqual({
      encoding: 'gzip',
      size: event.length,
      start: 0,
      length: event.length,
    });
    expect(json).toBe(event);
  });

  test('is logged decompressed when that is shorter', async () => {
    const event = eventOf('boom');
    const { header, bytes } = await stored('/api/42/envelope/', gzipSync(envelopeOf(event)));
    expect(header.payload_part).toBeUndefined();
    expect(Buffer.from(bytes).toString()).toBe(event);
  });

  test('is logged decompressed when it is large in memory', async () => {
    const event = eventOf('x'.repeat(MAX_COMPRESSED_BODY_BYTES));
    const { header, json } = await stored('/api/42/envelope/', gzipSync(envelopeOf(event)));
    expect(header.payload_part).toBeUndefined();
    expect(json).toBe(event);
  });

  test('is logged decompressed when the event was decoded once more', async () => {
    const event = eventOf('boom '.repeat(100));
    const body = gzipSync(Buffer.from(event).toString('base64'));
    const { header, json } = await stored('/api/42/store/', body);
    expect(header.payload_part).toBeUndefined();
    expect(json).toBe(event);
  });
});
