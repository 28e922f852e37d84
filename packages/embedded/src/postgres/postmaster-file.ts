import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a running postmaster writes into its folder. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** `ready`, `starting`, `stopping` or, while the file is being written, nothing. */
  readonly status: string;
}

export async function readPostmasterFile(folder: string): Promise<PostmasterFile | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, 'postmaster.pid'), 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
}
