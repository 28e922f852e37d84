import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EmbeddedStoreError } from './errors.ts';

const neededMajor = 24;

/** The runtime that runs `.ts` as it is: this process's own, or the pinned one where a tool was started with an older one. */
export function pinnedNode(): string {
  if (Number(process.versions.node.split('.')[0]) >= neededMajor) return process.execPath;
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', '.bin', 'node');
    if (existsSync(candidate)) return candidate;
  }
  throw new EmbeddedStoreError(
    'binaries_missing',
    'Node 24 is missing: run `npm ci` with optional dependencies.',
  );
}
