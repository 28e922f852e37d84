import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeProduce, isPlain, type ProduceRequest } from '../src/kafka/produce-encoding.ts';

const NOW = 1_795_262_400_123;

/** kafkajs' own encoder of version 7, with every record's time said. */
async function byKafkajs(request: ProduceRequest): Promise<Buffer> {
  const make = createRequire(import.meta.url)('kafkajs/src/protocol/requests/produce/v7/request.js') as (
    of: ProduceRequest,
  ) => { encode(): Promise<{ readonly buffer: Buffer }> };
  const timed = request.topicData.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition, messages }) => ({
      partition,
      firstSequence: 0,
      messages: messages.map((message) => ({ ...message, timestamp: NOW })),
    })),
  }));
  return (await make({ ...request, topicData: timed }).encode()).buffer;
}

const value = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: 8_000, max: 70_000 }).map((length) => new Uint8Array(length).fill(length)),
);
const message = fc.record({
  key: fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.constant(null)),
  value: value.map((bytes) => Buffer.from(bytes)),
});
const request = fc.record({
  acks: fc.constantFrom(-1, 1),
  timeout: fc.nat(60_000),
  topicData: fc.array(
    fc.record({
      topic: fc.string({ minLength: 1, maxLength: 30 }),
      partitions: fc.array(
        fc.record({ partition: fc.nat(1_000), messages: fc.array(message, { minLength: 1, maxLength: 70 }) }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

describe('a produce request in one buffer', () => {
  test('is byte for byte what kafkajs would have sent', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (of) => {
        expect(isPlain(of)).toBe(true);
        expect(encodeProduce(of, NOW).equals(await byKafkajs(of))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('is left to kafkajs where it says more', () => {
    const plain: ProduceRequest = {
      acks: -1,
      timeout: 1,
      topicData: [{ topic: 'a', partitions: [{ partition: 0, messages: [{ value: Buffer.from('x') }] }] }],
    };
    expect(isPlain(plain)).toBe(true);
    expect(isPlain({ ...plain, transactionalId: 't' })).toBe(false);
    expect(isPlain({ ...plain, compression: 1 })).toBe(false);
    expect(isPlain({ ...plain, producerId: 7 })).toBe(false);
    const with_ = (more: object): ProduceRequest => ({
      ...plain,
      topicData: [
        { topic: 'a', partitions: [{ partition: 0, messages: [{ value: Buffer.from('x'), ...more }] }] },
      ],
    });
    expect(isPlain(with_({ headers: { a: 'b' } }))).toBe(false);
    expect(isPlain(with_({ timestamp: '1' }))).toBe(false);
    expect(isPlain(with_({ value: null }))).toBe(false);
  });
});
