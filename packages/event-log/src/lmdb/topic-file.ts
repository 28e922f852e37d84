import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EventLogError } from '../event-log.ts';
import { syncFolder } from './file-system.ts';

const FORMAT = 1;

/**
 * Keeps a topic's number of partitions, which is fixed for its life. The first process writes it, whole and durable; later ones compare.
 * @throws EventLogError `misconfigured` when the folder was made with another number or by a later format.
 */
export async function fixPartitions(folder: string, partitions: number): Promise<void> {
  const path = join(folder, 'topic.json');
  const stored = (await readTopic(path)) ?? (await writeTopic(folder, path, partitions));
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

async function readTopic(path: string): Promise<Topic | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isNoEntry(error)) return undefined;
    throw error;
  }
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || !('format' in parsed) || !('partitions' in parsed)) {
    throw new EventLogError('misconfigured', `${path} does not describe a topic`);
  }
  return { format: parsed.format, partitions: parsed.partitions };
}

async function writeTopic(folder: string, path: string, partitions: number): Promise<Topic> {
  const topic = { format: FORMAT, partitions };
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(topic)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    const other = await readTopic(path);
    if (other === undefined) throw error;
    return other;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
  return topic;
}

function isNoEntry(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
