import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import { EventLogError } from '../event-log.ts';
import { isClosedBy } from './closed-topic.ts';
import { brokerErrorOf, toEventLogError } from './kafka-errors.ts';
import { type KafkaEventLogOptions, MAX_MESSAGE_BYTES } from './kafka-options.ts';
import { configOf } from './topic-config.ts';

const DAY_MS = 24 * 3600 * 1000;
/** New topics keep records so long, whether they were consumed or not. */
const RETENTION_MS = 7 * DAY_MS;
/** With less, a processor that stands still over a weekend would lose records. */
const SHORTEST_RETENTION_MS = 3 * DAY_MS;
const TRIES = 20;
const PAUSE_MS = 250;
const REPLICATION = 3;
const MIN_IN_SYNC = 2;

export interface TopicFacts {
  /** Records may be missing in the middle. */
  readonly isCompacted: boolean;
}

type Wanted = Pick<KafkaEventLogOptions, 'topic' | 'partitions' | 'isSingle' | 'keepConsumed' | 'logger'>;

/**
 * Creates the topic when it is missing, and checks that it keeps what an acknowledged append promises.
 * @throws EventLogError `misconfigured` naming every setting that does not fit; `unavailable`.
 */
export async function ensureTopic(kafka: Kafka, wanted: Wanted): Promise<TopicFacts> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await createIfMissing(admin, wanted);
    return await checkWhenKnown(admin, wanted);
  } catch (error) {
    throw toEventLogError(error, `topic ${wanted.topic} cannot be checked`);
  } finally {
    await admin.disconnect().catch(() => undefined); // nothing hangs on a polite goodbye
  }
}

async function createIfMissing(admin: Admin, wanted: Wanted): Promise<void> {
  const { topic, partitions, isSingle, logger } = wanted;
  if ((await admin.listTopics()).includes(topic)) return;
  const configEntries = Object.entries({
    'min.insync.replicas': isSingle ? 1 : MIN_IN_SYNC,
    'max.message.bytes': MAX_MESSAGE_BYTES,
    'unclean.leader.election.enable': false,
    'retention.ms': wanted.keepConsumed === undefined ? RETENTION_MS : -1,
    'retention.bytes': -1,
    'cleanup.policy': 'delete',
  }).map(([name, value]) => ({ name, value: String(value) }));
  const replicationFactor = isSingle ? 1 : REPLICATION;
  try {
    await admin.createTopics({
      // Whoever waits here for leaders hears from a slow broker that the topic is unknown, and fails; the check below asks again.
      waitForLeaders: false,
      topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
    });
    logger?.info({ topic, partitions, replicationFactor }, 'topic created');
  } catch (error) {
    // Another process was faster.
    if ((await admin.listTopics()).includes(topic)) return;
    if (brokerErrorOf(error) === 'INVALID_REPLICATION_FACTOR') {
      const message = `an acknowledged record needs ${REPLICATION} copies, and there are fewer brokers; for development with one, set CULPRIT_KAFKA_SINGLE=1`;
      throw new EventLogError('misconfigured', message, { cause: error });
    }
    throw error;
  }
}

/** A broker may hear a moment later of a topic that was just made, and its partitions find their leaders later still. */
const NOT_YET: ReadonlySet<string | undefined> = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
]);

async function checkWhenKnown(admin: Admin, wanted: Wanted): Promise<TopicFacts> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await checkTopic(admin, wanted);
    } catch (error) {
      if (tries >= TRIES || !NOT_YET.has(brokerErrorOf(error))) throw error;
      await delay(PAUSE_MS);
    }
  }
}

async function checkTopic(admin: Admin, { topic, partitions, isSingle }: Wanted): Promise<TopicFacts> {
  const problems: string[] = [];
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const found = topics[0]?.partitions ?? [];
  if (found.length !== partitions) problems.push(`it has ${found.length} partitions, not ${partitions}`);
  const config = await configOf(admin, topic);
  const policy = config.get('cleanup.policy') ?? 'delete';
  const maxBytes = Number(config.get('max.message.bytes'));
  // One that was closed is read to its end.
  if (maxBytes < MAX_MESSAGE_BYTES && !isClosedBy(config))
    problems.push(`max.message.bytes is ${maxBytes}, below ${MAX_MESSAGE_BYTES}`);
  if (config.get('unclean.leader.election.enable') === 'true') {
    problems.push('unclean.leader.election.enable is on: acknowledged records can be lost');
  }
  const retention = Number(config.get('retention.ms'));
  if (policy.includes('delete') && retention >= 0 && retention < SHORTEST_RETENTION_MS) {
    problems.push(`retention.ms is ${retention}, below ${SHORTEST_RETENTION_MS}`);
  }
  if (Number(config.get('retention.bytes')) >= 0) {
    problems.push('retention.bytes is set: records go by size, consumed or not');
  }
  if (isSingle !== true) {
    const replicas = Math.min(...found.map((partition) => partition.replicas.length));
    if (replicas < REPLICATION) problems.push(`it has ${replicas} replicas, fewer than ${REPLICATION}`);
    const minInSync = Number(config.get('min.insync.replicas'));
    if (minInSync < MIN_IN_SYNC) problems.push(`min.insync.replicas is ${minInSync}, below ${MIN_IN_SYNC}`);
  }
  if (problems.length > 0) {
    throw new EventLogError('misconfigured', `topic ${topic} does not fit: ${problems.join('; ')}`);
  }
  return { isCompacted: policy.includes('compact') };
}
