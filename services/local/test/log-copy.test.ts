import { openLmdbEventLog, partitionOf } from '@culprit/event-log';
import { temporaryFolder } from '@culprit/testkit';
import { expect, test } from 'vitest';
import { BackupFolder } from '../backup/backup-folder.ts';
import { LogCopy, readRecords } from '../backup/log-copy.ts';

const recordOf = (text: string) => ({ key: text, value: Buffer.from(text) });

test('a copy of the log has the records from the positions on, and those that wait in a spool beside them', async () => {
  const folder = await temporaryFolder();
  const log = await openLmdbEventLog({
    folder: folder.path,
    topic: 'events',
    partitions: 2,
    minimumFreeBytes: 0,
  });
  try {
    const texts = Array.from({ length: 20 }, (_, at) => `record ${at}`);
    await log.append(texts.slice(0, 10).map(recordOf));
    const positions = (await log.lag()).map(({ end }) => end - 1);
    const committed = await Promise.all(
      positions.map(async (position, partition) =>
        (await log.read(partition, 0, { maxRecords: position, maxBytes: 1e6 })).map(({ value }) =>
          textOf(value),
        ),
      ),
    );
    const backup = new BackupFolder(`${folder.path}/backup`);
    await backup.create();
    const copy = await LogCopy.begin(log, positions, backup.path);
    await copy.catchUp();
    await log.append(texts.slice(10).map(recordOf));
    await copy.add(recordOf('spooled'));
    await copy.catchUp();
    const parts = await copy.finish(backup);

    const copied: string[] = [];
    for (const { partition, records, file } of parts) {
      const found: string[] = [];
      for await (const { value } of readRecords(backup.read(file))) found.push(textOf(value));
      expect(found).toHaveLength(records);
      expect(found.every((text) => partitionOf(text, 2) === partition)).toBe(true);
      copied.push(...found);
    }
    expect(copied.sort()).toEqual(
      [...texts.filter((text) => !committed.flat().includes(text)), 'spooled'].sort(),
    );
  } finally {
    await log.close();
    await folder.remove();
  }
});

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString('utf8');
}
