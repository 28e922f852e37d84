import { join } from 'node:path';
import { EventLogError } from '../event-log.ts';
import { fileSystemTypeOf, makeDurableFolder, refuseNetworkFileSystem } from './file-system.ts';
import { Gate } from './gate.ts';
import { createSegment, segmentSequences } from './segment-files.ts';
import { fixPartitions } from './topic-file.ts';

/**
 * Makes a topic whose partitions begin at given offsets, for a log that continues one that is lost: rows that are stored name offsets,
 * so none may be given a second time.
 *
 * @param begins offset of the first record of each partition.
 * @throws EventLogError `misconfigured` when the topic has records already; `network_file_system`.
 */
export async function beginLmdbTopic(options: {
  readonly folder: string;
  readonly topic: string;
  readonly begins: readonly number[];
}): Promise<void> {
  const topicFolder = join(options.folder, options.topic);
  await makeDurableFolder(topicFolder);
  refuseNetworkFileSystem(topicFolder, await fileSystemTypeOf(topicFolder));
  await fixPartitions(topicFolder, options.begins.length);
  const gate = Gate.open(topicFolder);
  try {
    gate.hold(() => {
      if (segmentSequences(topicFolder).length > 0) {
        throw new EventLogError('misconfigured', `${topicFolder} has segments already`);
      }
      createSegment(topicFolder, 0, options.begins);
    });
  } finally {
    await gate.close();
  }
}
