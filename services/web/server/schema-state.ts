import { join } from 'node:path';
import type { System } from '@culprit/api';
import { CODE_VERSION, type Queryable, readMigrations } from '@culprit/postgres';
import { readSchema } from './store/processing.ts';

const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'migrations');
const STORES = ['postgres', 'clickhouse'] as const;

/** Which migrations of this release are applied. Pending ones mean that a migration failed, or was forgotten. */
export async function readSchemaState(db: Queryable): Promise<NonNullable<System['schema']>> {
  const { minCodeVersion, applied } = await readSchema(db);
  const stores = await Promise.all(
    STORES.map(async (store) => {
      const files = await readMigrations(join(MIGRATIONS, store));
      const names = applied.filter((one) => one.store === store).map((one) => one.name);
      const pending = files.filter((file) => !names.includes(file.name)).length;
      return { store, newest: names.at(-1) ?? null, applied: names.length, pending };
    }),
  );
  return { codeVersion: CODE_VERSION, minCodeVersion, stores };
}
