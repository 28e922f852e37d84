import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseSnapshot, type Snapshot } from './snapshot.ts';

/** Reads the snapshot kept on disk; undefined when there is none or it cannot be read as one. */
export async function readSnapshotFile(path: string): Promise<Snapshot | undefined> {
  try {
    return parseSnapshot(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Writes it so that the file is at every moment wholly the old or wholly the new one. */
export async function writeSnapshotFile(path: string, snapshot: Snapshot): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(snapshot));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
