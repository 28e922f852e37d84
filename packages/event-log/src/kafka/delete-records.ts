import type { Kafka } from 'kafkajs';
import { toEventLogError } from './kafka-errors.ts';

/** Moves the start of a partition up to `below`, an offset as the brokers count. Disk space comes back by whole segments. @throws EventLogError `unavailable`. */
export async function deleteRecords(
  kafka: Kafka,
  { topic, partition, below }: { readonly topic: string; readonly partition: number; readonly below: number },
): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    // It looks for the partition's leader only in what it knows already.
    await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(below) }] });
  } catch (error) {
    throw toEventLogError(error, `consumed records of partition ${partition} cannot be deleted`);
  } finally {
    await admin.disconnect().catch(() => undefined); // nothing hangs on a polite goodbye
  }
}
