import { closeSync, fsyncSync, openSync } from 'node:fs';
import { mkdir, open, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EventLogError } from '../event-log.ts';

/**
 * `f_type` of statfs(2) on Linux for file systems whose memory maps and locks are not shared between machines, or that do not
 * promise that a synced page is on a disk.
 */
const NETWORK_FILE_SYSTEMS = new Map<number, string>([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x65735546, 'fuse'],
  [0x01021997, '9p'],
  [0x5346414f, 'afs'],
  [0x6b414653, 'afs'],
  [0x00c36400, 'ceph'],
  [0x0bd00bd0, 'lustre'],
  [0x01161970, 'gfs2'],
  [0x7461636f, 'ocfs2'],
  [0x73757245, 'coda'],
  [0x564c, 'ncp'],
  [0x47504653, 'gpfs'],
  [0x786f4256, 'vboxsf'],
  [0x19830326, 'beegfs'],
]);

/** Resolves to statfs's file system type of a folder (a Linux magic number). */
export async function fileSystemTypeOf(folder: string): Promise<number> {
  return (await statfs(folder)).type;
}

/**
 * @throws EventLogError `network_file_system`: LMDB's locks and maps are wrong there. Only Linux tells a type that can be judged.
 */
export function refuseNetworkFileSystem(folder: string, type: number, platform = process.platform): void {
  const name = platform === 'linux' ? NETWORK_FILE_SYSTEMS.get(type >>> 0) : undefined;
  if (name === undefined) return;
  throw new EventLogError(
    'network_file_system',
    `the event log needs a local disk, and ${folder} is on a network file system (${name})`,
  );
}

/** Makes a folder and its missing parents, each entry durable. */
export async function makeDurableFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** As `syncFolder`, for the few places that hold a write lock and must not yield. */
export function syncFolderNow(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
