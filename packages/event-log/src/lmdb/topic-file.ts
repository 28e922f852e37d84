import { join } from 'node:path';
import { EventLogError } from '../event-log.ts';
import { createOnce } from './create-once.ts';

const FORMAT = 1;

/**
 * Keeps a topic's number of partitions, which is fixed for its life. The first process writes it, whole and durable; later ones compare.
 * @throws EventLogError `misconfigured` when the folder was made with another number or by a later format.
 */
export async function fixPartitions(folder: string, partitions: number): Promise<void> {
  const path = join(folder, 'topic.json');
  const text = await createOnce(path, () => `${JSON.stringify({ format: FORMAT, partitions })}\n`);
  const stored = readTopic(path, text);
  if (stored.format !== FORMAT) {
    throw new EventLogError(
      'misconfigured',
      `${folder} has format ${stored.format}; this version reads ${FORMAT}`,
    );
  }
  if (stored.partitions !== partitions) {
    throw new EventLogError(
      'misconfigured',
      `${folder} has ${stored.partitions} partitions, not ${partitions}`,
    );
  }
}

interface Topic {
  readonly format: unknown;
  readonly partitions: unknown;
}

function readTopic(path: string, text: string): Topic {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || !('format' in parsed) || !('partitions' in parsed)) {
    throw new EventLogError('misconfigured', `${path} does not describe a topic`);
  }
  return { format: parsed.format, partitions: parsed.partitions };
}
