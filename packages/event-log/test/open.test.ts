import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type EventLog, openEventLog, openLmdbEventLog } from '../src/index.ts';
import { refuseNetworkFileSystem } from '../src/lmdb/file-system.ts';
import type { LmdbEventLogOptions } from '../src/lmdb/lmdb-event-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function openLog(folder: string, options: Partial<LmdbEventLogOptions> = {}): Promise<EventLog> {
  const log = await openEventLog({ mode: 'lmdb', folder, topic: 't', partitions: 2, ...options });
  onTestFinished(() => log.close());
  return log;
}

const NFS = 0x6969;
const EXT4 = 0xef53;
const record = { key: 'k', value: new Uint8Array(10) };

test('a network file system is refused by name', async () => {
  const folder = await temporaryFolder();
  const opening = openLmdbEventLog({ folder, topic: 't', partitions: 1, fileSystemType: async () => NFS });
  if (process.platform === 'linux') {
    await expect(opening).rejects.toMatchObject({ code: 'network_file_system', message: /local disk.*nfs/ });
  } else {
    await (await opening).close();
  }
});

test('each kind of network file system is known, also when its number comes signed', () => {
  const refuse = (type: number) => (): void => refuseNetworkFileSystem('/data', type, 'linux');
  for (const type of [NFS, 0x517b, 0xff534d42, 0xff534d42 | 0, 0xfe534d42 | 0, 0x65735546, 0x01021997]) {
    expect(refuse(type)).toThrow(expect.objectContaining({ code: 'network_file_system' }));
  }
  for (const local of [EXT4, 0x58465342, 0x9123683e, 0x2fc12fc1, 0x01021994, 0x794c7630]) refuse(local)();
  refuseNetworkFileSystem('/data', NFS, 'darwin');
});

test('the number of partitions is fixed for the life of a topic', async () => {
  const folder = await temporaryFolder();
  await openLog(folder);
  await expect(openLog(folder, { partitions: 3 })).rejects.toMatchObject({
    code: 'misconfigured',
    message: /2 partitions, not 3/,
  });
  await openLog(folder);
  await openLog(folder, { topic: 'other', partitions: 3 });
});

test('a later format is refused', async () => {
  const folder = await temporaryFolder();
  await (await openLog(folder)).close();
  const path = join(folder, 't', 'topic.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ format: 1, partitions: 2 });
  await writeFile(path, '{"format":2,"partitions":2,"more":true}');
  await expect(openLog(folder)).rejects.toMatchObject({ code: 'misconfigured' });
});

test('a topic name that is no plain name is refused', async () => {
  const folder = await temporaryFolder();
  for (const topic of ['', '..', 'a/b', 'A', '-a', 'a'.repeat(65)]) {
    await expect(openLog(folder, { topic })).rejects.toMatchObject({ code: 'misconfigured' });
  }
  for (const partitions of [0, -1, 1.5, Number.NaN]) {
    await expect(openLog(folder, { partitions })).rejects.toMatchObject({ code: 'misconfigured' });
  }
});

test('an append to a disk that is too full is refused, and reading goes on', async () => {
  const folder = await temporaryFolder();
  const log = await openLog(folder);
  await log.append([record]);
  const full = await openLog(folder, { minimumFreeBytes: Number.MAX_SAFE_INTEGER });
  await expect(full.append([record])).rejects.toMatchObject({ code: 'full' });
  expect((await full.lag()).map(({ end }) => end).toSorted()).toEqual([0, 1]);
});

test('the limit of a record can be set', async () => {
  const log = await openLog(await temporaryFolder(), { maxRecordBytes: 10 });
  await log.append([record]);
  await expect(log.append([record, { key: 'k', value: new Uint8Array(11) }])).rejects.toMatchObject({
    code: 'too_large',
  });
  expect((await log.lag()).map(({ end }) => end).toSorted()).toEqual([0, 1]);
});
