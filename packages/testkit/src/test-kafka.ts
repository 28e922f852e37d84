import { randomBytes } from 'node:crypto';
import { kafkaAvailable } from '@culprit/embedded';
import { inject } from 'vitest';
import type {} from './provided.ts';

export interface TestKafka {
  /** Comma-separated `host:port`. One broker, so that a topic can have one copy only. */
  readonly brokers: string;
  /** In front of the name of every topic and consumer group of this test. */
  readonly topicPrefix: string;
}

/** The Kafka that all tests of the run share, started by the first that asks (some 5 s). Topics of the test go with it. */
export async function testKafka(): Promise<TestKafka> {
  const response = await fetch(inject('culpritStores').kafkaStarterUrl);
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return { brokers: text, topicPrefix: `test-${randomBytes(6).toString('hex')}-` };
}

/**
 * True where no Kafka can run, after one line that says why: `describe.skipIf(await skipsForLackOfKafka())`. May take a while the first time on a machine, to fetch the jars.
 *
 * @throws where CULPRIT_REQUIRE names kafka: a machine that should have it must not skip quietly.
 */
export async function skipsForLackOfKafka(): Promise<boolean> {
  if ((process.env.CULPRIT_TEST_KAFKA_BROKERS ?? '') !== '') return false;
  const kafka = await kafkaAvailable({ fetch: true });
  if (kafka.available) return false;
  if ((process.env.CULPRIT_REQUIRE ?? '').split(',').includes('kafka')) {
    throw new Error(`CULPRIT_REQUIRE names kafka: ${kafka.reason}`);
  }
  process.stdout.write(`skipped: ${kafka.reason}\n`);
  return true;
}
