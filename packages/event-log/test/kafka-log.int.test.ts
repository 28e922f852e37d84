import { randomBytes } from 'node:crypto';
import { skipsForLackOfKafka, testKafka } from '@culprit/testkit';
import kafkajs, { type Kafka } from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bytesOf, LIMITS, textOf } from '../src/contract/record-text.ts';
import { readEverything, until } from '../src/contract/subject.ts';
import {
  closeTopic,
  type EventLog,
  EventLogError,
  type KafkaEventLogOptions,
  openKafkaEventLog,
  reopenTopic,
} from '../src/index.ts';

async function newTopic() {
  const { brokers, topicPrefix } = await testKafka();
  const connection = { brokers: brokers.split(',') };
  return {
    ...connection,
    topic: `${topicPrefix}${randomBytes(4).toString('hex')}`,
    partitions: 1,
    isSingle: true,
  };
}

async function open(options: KafkaEventLogOptions): Promise<EventLog> {
  const log = await openKafkaEventLog(options);
  onTestFinished(() => log.close());
  return log;
}

function client(brokers: readonly string[]): Kafka {
  return new kafkajs.Kafka({ brokers: [...brokers], logLevel: 0 });
}

async function deleteBelow({ brokers, topic }: KafkaEventLogOptions, offset: number): Promise<void> {
  const admin = client(brokers).admin();
  await admin.connect();
  await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  await admin.disconnect();
}

/** Consumes from `position` until stopped. */
function consume(log: EventLog, position: number) {
  const stop = new AbortController();
  const texts: string[] = [];
  const errors: unknown[] = [];
  const ended = log.consume(
    {
      positionOf: async () => position,
      handle: async (_, __, records) => {
        texts.push(...records.map(textOf));
        return (records.at(-1)?.offset ?? 0) + 1;
      },
    },
    { ...LIMITS, ownerId: 'ab', signal: stop.signal, onError: (error) => errors.push(error) },
  );
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  return { texts, errors };
}

const record = (text: string) => ({ key: 'k', value: bytesOf(text) });

describe.skipIf(await skipsForLackOfKafka())('the log on Kafka', () => {
  test('hands out nothing of a partition whose records are gone before they were consumed', async () => {
    const options = await newTopic();
    const log = await open(options);
    await log.append(['a', 'b', 'c', 'd', 'e', 'f'].map(record));
    await deleteBelow(options, 4);
    const lost = consume(log, 2);
    // A coordinator that is still loading its groups is told, too, and passes.
    const told = () => lost.errors.filter((error) => error instanceof EventLogError);
    await until(() => told().length >= 2, 'the loss is told, again and again', 30_000);
    expect(told()[0]).toMatchObject({ code: 'records_missing', message: /from 2 to 3 .*starts at 4/ });
    expect(lost.texts).toEqual([]);
  });

  test('deletes what was consumed when its time is over, and nothing that was not', async () => {
    const options = { ...(await newTopic()), keepConsumed: { milliseconds: 0, bytes: 1_000_000 } };
    const log = await open(options);
    await log.append(['a', 'b', 'c'].map(record));
    const stop = new AbortController();
    const stuck = Promise.withResolvers<void>();
    const consuming = log.consume(
      {
        positionOf: async () => 0,
        handle: async (_, position) => {
          if (position === 3) await stuck.promise;
          return position + 3;
        },
      },
      { ...LIMITS, ownerId: 'ab', signal: stop.signal },
    );
    const startOf = async (): Promise<number | undefined> => (await log.lag())[0]?.start;
    await expect.poll(startOf, { timeout: 30_000, interval: 200 }).toBe(3);
    await log.append(['d', 'e', 'f'].map(record));
    expect((await readEverything(log)).map(textOf)).toEqual(['d', 'e', 'f']);
    stop.abort();
    stuck.resolve();
    await consuming;
  });

  test('goes on at the position when all below it was consumed', async () => {
    const options = await newTopic();
    const log = await open(options);
    await log.append(['a', 'b', 'c', 'd', 'e', 'f'].map(record));
    await deleteBelow(options, 4);
    const rest = consume(log, 4);
    await until(() => rest.texts.length === 2, 'the rest is handled');
    expect(rest.texts).toEqual(['e', 'f']);
    expect(rest.errors).toEqual([]);
  });

  test('passes over the markers of transactions, and over what was given up', async () => {
    const options = await newTopic();
    const log = await open(options);
    await log.append([record('plain')]);
    const producer = client(options.brokers).producer({
      transactionalId: options.topic,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    for (const [text, isKept] of [
      ['kept', true],
      ['given up', false],
    ] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic: options.topic, messages: [{ key: 'k', value: text, partition: 0 }] });
      await (isKept ? transaction.commit() : transaction.abort());
    }
    await producer.disconnect();
    await log.append([record('last')]);
    const all = consume(log, 0);
    await until(() => all.texts.includes('last'), 'everything is handled');
    expect(all.texts).toEqual(['plain', 'kept', 'last']);
    expect(all.errors).toEqual([]);
    expect((await readEverything(log)).map(textOf)).toEqual(['plain', 'kept', 'last']);
  });

  test('adds the first offset to every offset', async () => {
    const options = await newTopic();
    const log = await open({ ...options, firstOffset: 5_000 });
    await log.append(['a', 'b', 'c'].map(record));
    expect(await log.lag()).toEqual([{ partition: 0, start: 5_000, end: 5_003 }]);
    expect((await log.read(0, 5_001, LIMITS)).map(({ offset }) => offset)).toEqual([5_001, 5_002]);
    const rest = consume(log, 5_002);
    await until(() => rest.texts.length === 1, 'the rest is handled');
    expect(rest.texts).toEqual(['c']);
  });

  test('takes a closed topic for unavailable, reads it to its end, and takes records again when it is reopened', async () => {
    const options = await newTopic();
    const log = await open(options);
    await log.append([record('before')]);
    await closeTopic(options, options.topic);
    await expect(log.append([record('while')])).rejects.toMatchObject({ code: 'unavailable' });
    const other = await open(options);
    expect((await readEverything(other)).map(textOf)).toEqual(['before']);
    await reopenTopic(options, options.topic);
    await log.append([record('after')]);
    expect((await readEverything(log)).map(textOf)).toEqual(['before', 'after']);
  });

  test('refuses a topic that does not keep what an append promises, and says why', async () => {
    const options = await newTopic();
    await expect(open({ ...options, isSingle: false })).rejects.toMatchObject({
      code: 'misconfigured',
      message: /3 copies.*CULPRIT_KAFKA_SINGLE/,
    });
    await open(options);
    await expect(open({ ...options, partitions: 2 })).rejects.toMatchObject({
      code: 'misconfigured',
      message: /1 partitions, not 2/,
    });
    await expect(open({ ...options, isSingle: false })).rejects.toMatchObject({
      code: 'misconfigured',
      message: /1 replicas.*min.insync.replicas is 1/,
    });
    const admin = client(options.brokers).admin();
    await admin.connect();
    const topic = `${options.topic}-short`;
    const settings = {
      'retention.ms': '60000',
      'max.message.bytes': '1000000',
      'unclean.leader.election.enable': 'true',
    };
    await admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic,
          numPartitions: 1,
          configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
        },
      ],
    });
    await admin.disconnect();
    await expect(open({ ...options, topic })).rejects.toMatchObject({
      code: 'misconfigured',
      message: /max.message.bytes is 1000000.*unclean.*retention.ms is 60000/,
    });
  });

  test('opens without brokers where it is asked to, and else says that there are none', async () => {
    const away = { brokers: ['127.0.0.1:1'], topic: 'none', partitions: 1, isSingle: true };
    await expect(open(away)).rejects.toMatchObject({ code: 'unavailable' });
    const log = await open({ ...away, opensWithoutBrokers: true });
    await expect(log.append([record('x')])).rejects.toMatchObject({ code: 'unavailable' });
  });
});
