import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EventLogError } from '../event-log.ts';
import { makeDurableFolder, syncFolder } from '../lmdb/file-system.ts';

const FORMAT = 1;

/** The spool's id, made by the first process that opens it. @throws EventLogError `misconfigured` for a later format. */
export async function readSpoolId(folder: string): Promise<string> {
  await makeDurableFolder(folder);
  const path = join(folder, 'spool.json');
  const text = (await read(path)) ?? (await make(folder, path));
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed === 'object' && parsed !== null && 'format' in parsed && 'id' in parsed) {
    if (parsed.format === FORMAT && typeof parsed.id === 'string') return parsed.id;
    throw new EventLogError(
      'misconfigured',
      `${folder} has format ${parsed.format}; this version reads ${FORMAT}`,
    );
  }
  throw new EventLogError('misconfigured', `${path} does not describe a spool`);
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function make(folder: string, path: string): Promise<string> {
  const text = `${JSON.stringify({ format: FORMAT, id: randomBytes(8).toString('hex') })}\n`;
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    const other = await read(path);
    if (other === undefined) throw error;
    return other;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
  return text;
}
