import type { z } from 'zod';
import { type ConnectionOptions, connect } from './connection.ts';
import { ClickHouseError } from './errors.ts';
import type { QueryDefinition } from './query.ts';

/** Moves rows as they are, for backups; events come in by `storeBlock` only. */
export interface BulkClient {
  /** What a declared query finds, in ClickHouse's Native format; all of it is in memory. */
  exportRows<P extends z.ZodRawShape, R extends z.ZodType>(
    definition: QueryDefinition<P, R>,
    params: z.input<z.ZodObject<P>>,
  ): Promise<Buffer>;
  /** Adds rows in Native format to a table of this repository. A repeat adds them again. */
  importRows(table: string, rows: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const REQUEST_MS = 600_000;

export function createBulkClient(options: Pick<ConnectionOptions, 'url'>): BulkClient {
  const connection = connect({
    ...options,
    maxConnections: 2,
    requestTimeoutMs: REQUEST_MS,
    maxExecutionSeconds: REQUEST_MS / 1000,
  });
  return {
    exportRows: async (definition, params) => {
      const checked = definition.params.safeParse(params);
      if (!checked.success) throw new ClickHouseError('params', `query ${definition.name}`);
      const { settings } = definition;
      return connection.download(`${definition.sql} FORMAT Native`, checked.data, { settings });
    },
    importRows: (table, rows) => {
      if (!/^[a-z_]{1,64}$/.test(table)) throw new ClickHouseError('params', 'no name of a table');
      // Blocks that look alike are no repeats here: the token of an event's block is not part of a backup.
      return connection.insert(`INSERT INTO ${table} FORMAT Native`, rows, { insert_deduplicate: 0 });
    },
    close: connection.close,
  };
}
