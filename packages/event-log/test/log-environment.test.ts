import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { logEnvironment } from '../src/index.ts';

const kafka = { CULPRIT_LOG: 'kafka', KAFKA_BROKERS: 'a.example.com:9092, b:9093' };

/** The names of the variables that do not fit. */
function refused(env: Readonly<Record<string, string>>): string[] {
  const result = logEnvironment.safeParse(env);
  return (result.error?.issues ?? []).map(({ path }) => path.join('.'));
}

describe('logEnvironment', () => {
  test('is the embedded log in the data folder unless told otherwise, whatever is said about Kafka', () => {
    const log = { mode: 'lmdb', folder: 'data/log', topic: 'events', partitions: 4 };
    expect(logEnvironment.parse({})).toEqual({ log, logTopic: 'events' });
    expect(logEnvironment.parse({ KAFKA_BROKERS: 'a:1', KAFKA_SSL: '1' })).toEqual({
      log,
      logTopic: 'events',
    });
  });

  test('stands beside the variables of a service', () => {
    const service = z.object({ DATABASE_URL: z.string() }).and(logEnvironment);
    expect(service.parse({ DATABASE_URL: 'x', CULPRIT_DATA: '/d', CULPRIT_LOG_PARTITIONS: '2' })).toEqual({
      DATABASE_URL: 'x',
      log: { mode: 'lmdb', folder: '/d/log', topic: 'events', partitions: 2 },
      logTopic: 'events',
    });
  });

  test('with Kafka has a topic of another name', () => {
    expect(logEnvironment.parse(kafka).log).toEqual({
      mode: 'kafka',
      topic: 'culprit-events',
      partitions: 4,
      firstOffset: 0,
      sessionTimeoutMs: 15_000,
      brokers: ['a.example.com:9092', 'b:9093'],
      isSingle: false,
    });
  });

  test('takes TLS, a certificate authority, a password and one broker', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'culprit-'));
    const file = join(folder, 'ca.pem');
    await writeFile(file, 'CERTIFICATE');
    const { log } = logEnvironment.parse({
      ...kafka,
      CULPRIT_KAFKA_SINGLE: '1',
      CULPRIT_LOG_FIRST_OFFSET: '500',
      KAFKA_TOPIC_PREFIX: 'prod.',
      KAFKA_SSL: '1',
      KAFKA_SSL_CA_FILE: file,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_SASL_USERNAME: 'me',
      KAFKA_SASL_PASSWORD: 'secret',
    });
    expect(log).toMatchObject({
      topic: 'prod.events',
      firstOffset: 500,
      sessionTimeoutMs: 15_000,
      isSingle: true,
      ssl: { ca: ['CERTIFICATE'] },
      sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'secret' },
    });
    expect(logEnvironment.parse({ ...kafka, KAFKA_SSL: '1' }).log).toMatchObject({ ssl: true });
    await rm(folder, { recursive: true });
  });

  test.each([
    [{ CULPRIT_LOG: 'kafka' }, 'KAFKA_BROKERS'],
    [{ ...kafka, KAFKA_BROKERS: 'http://a:9092' }, 'KAFKA_BROKERS'],
    [{ ...kafka, KAFKA_BROKERS: 'a' }, 'KAFKA_BROKERS'],
    [{ ...kafka, KAFKA_SSL_CA_FILE: '/ca.pem' }, 'KAFKA_SSL_CA_FILE'],
    [{ ...kafka, KAFKA_SSL: '1', KAFKA_SSL_CA_FILE: '/nowhere/ca.pem' }, 'KAFKA_SSL_CA_FILE'],
    [{ ...kafka, KAFKA_SASL_PASSWORD: 'secret' }, 'KAFKA_SASL_MECHANISM'],
    [{ ...kafka, KAFKA_SASL_MECHANISM: 'plain' }, 'KAFKA_SASL_USERNAME'],
    [{ ...kafka, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'me' }, 'KAFKA_SASL_PASSWORD'],
    [{ ...kafka, KAFKA_TOPIC_PREFIX: 'a b' }, 'KAFKA_TOPIC_PREFIX'],
    [{ CULPRIT_LOG: 'paper' }, 'CULPRIT_LOG'],
  ])('refuses what cannot work: %j', (env, name) => {
    expect(refused(env)).toEqual([name]);
  });
});
