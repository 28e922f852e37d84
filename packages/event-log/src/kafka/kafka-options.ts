import type { ConnectionOptions } from 'node:tls';
import { MAX_RECORD_BYTES } from '../record-size.ts';
import type { KeepConsumed } from './consumed-records.ts';

/** How to reach the brokers. */
export interface KafkaConnection {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  /** How this process is called in the brokers' logs. Default `culprit`. */
  readonly clientId?: string;
}

export interface KafkaLogger {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface KafkaEventLogOptions extends KafkaConnection {
  readonly topic: string;
  readonly partitions: number;
  /** One broker is enough: replication 1, no copy of an acknowledged record. For development only. Default false. */
  readonly isSingle?: boolean;
  /** Consumers with the same group share the partitions. Default `culprit-<topic>`. */
  readonly groupId?: string;
  /** A consumer that was not heard of for so long loses its partitions. Default 15,000. */
  readonly sessionTimeoutMs?: number;
  /** An append that is not acknowledged by then is refused as `unavailable`; it may still come to be written. Default 10,000. */
  readonly deliveryTimeoutMs?: number;
  /** A larger value is refused with `too_large`. Default 4 MiB. */
  readonly maxRecordBytes?: number;
  /** Added to every offset of the brokers, so that topics that follow each other do not share offsets. Default 0. */
  readonly firstOffset?: number;
  /** Delete what was consumed once it need not be kept, and nothing else: the topic, if this creates it, has no retention of its own. Default: the topic's retention decides. */
  readonly keepConsumed?: KeepConsumed;
  /** Open also while no broker answers: appends are refused as `unavailable` until one does. Default false. */
  readonly opensWithoutBrokers?: boolean;
  readonly logger?: KafkaLogger;
}

/** The broker counts a batch with its frame and keys. */
export const MAX_MESSAGE_BYTES = MAX_RECORD_BYTES + 64 * 1024;
