import kafkajs, { type Kafka } from 'kafkajs';
import { EventLogError } from '../event-log.ts';
import type { KafkaConnection, KafkaLogger } from './kafka-options.ts';
import { leanProduceRequests } from './produce-encoding.ts';
import { quietRequestQueues } from './quiet-queue.ts';

/** A record as a fetch answers it. */
export interface FetchedMessage {
  readonly offset: string;
  readonly value: Buffer | null;
  readonly isControlRecord?: boolean;
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
}

export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  /** Where the broker's log of the partition starts (kafkajs calls it so). */
  readonly lastStartOffset?: string;
  readonly abortedTransactions?: readonly { readonly producerId: string; readonly firstOffset: string }[];
  readonly messages: readonly FetchedMessage[];
}

export interface PartitionFetch {
  readonly partition: number;
  readonly fetchOffset: string;
  readonly maxBytes: number;
}

interface Broker {
  fetch(request: {
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly isolationLevel: number;
    readonly topics: readonly { readonly topic: string; readonly partitions: readonly PartitionFetch[] }[];
  }): Promise<{
    readonly responses: readonly {
      readonly topicName: string;
      readonly partitions: readonly FetchedPartition[];
    }[];
  }>;
}

/**
 * kafkajs' own view of the brokers. Its consumer offers no fetch from a given offset, and answers an offset that the broker has deleted by going on
 * elsewhere without a word; so we fetch through this, which is not in its public types. The version is pinned, and the contract suite runs on it.
 */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findBroker(of: { readonly nodeId: string }): Promise<Broker>;
  /** Partitions by the id of the broker that leads them. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, number[]>>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      readonly fromBeginning: boolean;
    }[],
  ): Promise<
    readonly {
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[]
  >;
}

const CREATE_CLUSTER = 'private:Kafka:createCluster';
export const READ_COMMITTED = 1;

type CreateCluster = (options: {
  readonly metadataMaxAge: number;
  readonly allowAutoTopicCreation: boolean;
  readonly isolationLevel: number;
}) => Cluster;

export function createKafka(connection: KafkaConnection, logger: KafkaLogger | undefined): Kafka {
  const { brokers, ssl, sasl, clientId = 'culprit' } = connection;
  if (brokers.length === 0) throw new EventLogError('misconfigured', 'no broker is named');
  quietRequestQueues();
  leanProduceRequests();
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 5 },
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, timestamp: _, ...facts } = entry.log;
      logger?.warn({ ...facts, from: entry.namespace }, `kafka client: ${message}`);
    },
  });
}

/** kafkajs' types want to know the mechanism of each object. */
function saslOf(sasl: NonNullable<KafkaConnection['sasl']>) {
  const { mechanism, username, password } = sasl;
  switch (mechanism) {
    case 'plain':
      return { mechanism, username, password };
    case 'scram-sha-256':
      return { mechanism, username, password };
    case 'scram-sha-512':
      return { mechanism, username, password };
  }
}

/** A set of connections of its own: a fetch that waits holds up what comes after it on the same connection. */
export function createCluster(kafka: Kafka): Cluster {
  const key = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  const create = key && (kafka as unknown as Readonly<Record<symbol, CreateCluster | undefined>>)[key];
  if (create === undefined)
    throw new EventLogError('misconfigured', 'this is not the kafkajs that is pinned');
  return create({ metadataMaxAge: 60_000, allowAutoTopicCreation: false, isolationLevel: READ_COMMITTED });
}
