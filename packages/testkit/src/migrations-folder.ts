import { join } from 'node:path';

/** The migrations of this repository. */
export function migrationsFolder(store: 'postgres' | 'clickhouse'): string {
  return join(import.meta.dirname, '../../../migrations', store);
}
