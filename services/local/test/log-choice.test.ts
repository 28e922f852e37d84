import { describe, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { firstLog, nextLog, variablesOf } from '../log/log-choice.ts';

const place = (env: Record<string, string>, ...args: string[]) => readConfig(env, args).logWish.place;

describe('which log is asked for', () => {
  test('is none, an embedded one, a Kafka of ours, or one of yours', () => {
    expect(place({})).toBeUndefined();
    expect(place({ KAFKA_BROKERS: 'a:9092' })).toBeUndefined();
    expect(place({ CULPRIT_LOG: 'lmdb' })).toBe('lmdb');
    expect(place({}, '--kafka')).toBe('embedded-kafka');
    expect(place({ CULPRIT_LOG: 'kafka', KAFKA_BROKERS: '' })).toBe('embedded-kafka');
    expect(place({ KAFKA_BROKERS: 'a:9092' }, '--kafka')).toBe('kafka');
    expect(place({ CULPRIT_LOG: 'kafka', KAFKA_BROKERS: 'a:9092' })).toBe('kafka');
  });

  test('is not both, and nothing that does not exist', () => {
    expect(() => place({ CULPRIT_LOG: 'lmdb' }, '--kafka')).toThrow('choose one');
    expect(() => place({}, '--kafak')).toThrow('Usage: npm start');
  });
});

describe('a log that follows another', () => {
  const first = firstLog('lmdb', 'events', 4);

  test('has a topic of its own and begins where it is told to', () => {
    const second = nextLog(first, 'embedded-kafka', 4, 700);
    expect(second).toEqual({
      format: 1,
      place: 'embedded-kafka',
      topic: 'events-2',
      partitions: 4,
      firstOffset: 700,
    });
    expect(nextLog(second, 'lmdb', 8, 900)).toMatchObject({ topic: 'events-3', partitions: 8 });
  });

  test('is what the services are told', () => {
    const second = nextLog(first, 'kafka', 4, 700);
    const yours = { KAFKA_BROKERS: 'a:9092', KAFKA_SASL_PASSWORD: 'secret' };
    expect(variablesOf(second, yours, 8404)).toEqual({
      CULPRIT_LOG: 'kafka',
      CULPRIT_LOG_TOPIC: 'events-2',
      CULPRIT_LOG_PARTITIONS: '4',
      CULPRIT_LOG_FIRST_OFFSET: '700',
      KAFKA_BROKERS: 'a:9092',
      CULPRIT_KAFKA_SINGLE: '0',
    });
    expect(variablesOf({ ...second, place: 'embedded-kafka' }, yours, 8404)).toMatchObject({
      KAFKA_BROKERS: '127.0.0.1:8404',
      KAFKA_SASL_PASSWORD: '',
      CULPRIT_KAFKA_SINGLE: '1',
      KAFKA_KEEP_CONSUMED_MINUTES: '60',
    });
  });
});
