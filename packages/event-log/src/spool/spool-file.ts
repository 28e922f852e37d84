import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { EventLogError } from '../event-log.ts';
import { createOnce } from '../lmdb/create-once.ts';
import { makeDurableFolder } from '../lmdb/file-system.ts';

const FORMAT = 1;

/** The spool's id, made by the first process that opens it. @throws EventLogError `misconfigured` for a later format. */
export async function readSpoolId(folder: string): Promise<string> {
  await makeDurableFolder(folder);
  const path = join(folder, 'spool.json');
  const id = randomBytes(8).toString('hex');
  const text = await createOnce(path, () => `${JSON.stringify({ format: FORMAT, id })}\n`);
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
