import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository, absolute, without a slash at the end. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export function inRoot(...path: string[]): string {
  return join(root, ...path);
}

export function isThere(...path: string[]): boolean {
  return existsSync(inRoot(...path));
}
