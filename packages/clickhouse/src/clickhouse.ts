import type { Logger } from '@culprit/runtime';
import type { z } from 'zod';
import { createBlockTransport, rememberUnclear } from './block-transport.ts';
import {
  type ClickHouseStatistics,
  type ConnectionOptions,
  connect,
  type QueryOptions,
} from './connection.ts';
import { ClickHouseError } from './errors.ts';
import { fieldsOf, type QueryDefinition, sampleParams } from './query.ts';
import type { Block, BlockAlarm, StoreResult } from './store-block.ts';

export interface ClickHouseOptions extends ConnectionOptions {
  readonly logger?: Logger;
  /** Told when a stored block has too many or too few rows. Default: an error in the log. */
  readonly onAlarm?: (alarm: BlockAlarm) => void;
}

export interface ClickHouse {
  readonly database: string;
  /** Runs a declared query. @throws ClickHouseError a server code, `params`, `row_shape`, `connection`, `timeout`, `aborted`. */
  query<P extends z.ZodRawShape, R extends z.ZodType>(
    definition: QueryDefinition<P, R>,
    params: z.input<z.ZodObject<P>>,
    options?: QueryOptions,
  ): Promise<z.output<R>[]>;
  /** Stores a block exactly once: the only way in. See `storeBlock`. */
  storeBlock(block: Block): Promise<StoreResult>;
  /** Runs a statement of this repository that answers nothing (DDL, maintenance); never one with a value in its text. */
  command(
    statement: string,
    params?: Readonly<Record<string, unknown>>,
    options?: QueryOptions,
  ): Promise<void>;
  /** The plan of a declared query, with sample parameters: shows that names and types fit the schema. */
  explain(definition: QueryDefinition): Promise<readonly string[]>;
  /** Makes the database of this client where it is missing; resolves to whether it was. `onCluster` comes from a cluster's configuration. */
  createDatabase(onCluster?: string): Promise<boolean>;
  ping(): Promise<void>;
  statistics(): ClickHouseStatistics;
  close(): Promise<void>;
}

/** A client of one database, with connections kept open. Nothing is connected before the first statement. */
export function createClickHouse(options: ClickHouseOptions): ClickHouse {
  const connection = connect(options);
  const onAlarm = options.onAlarm ?? ((alarm) => options.logger?.error(alarm, 'block has the wrong rows'));
  return {
    database: connection.database,
    query: async (definition, params, queryOptions = {}) => {
      const checked = checkParams(definition, params);
      const settings = { ...definition.settings, ...queryOptions.settings };
      const rows = await connection.select(definition.sql, checked, { ...queryOptions, settings });
      const parsed = definition.rows.safeParse(rows);
      if (parsed.success) return parsed.data;
      throw new ClickHouseError('row_shape', `query ${definition.name}: ${fieldsOf(parsed.error)}`);
    },
    command: (statement, params = {}, queryOptions = {}) =>
      connection.command(statement, params, queryOptions),
    storeBlock: rememberUnclear(createBlockTransport(connection), onAlarm),
    explain: async (definition) => {
      const { settings } = definition;
      const rows = await connection.select(`EXPLAIN ${definition.sql}`, sampleParams(definition), {
        settings,
      });
      return rows.map((row) => String((row as { explain?: unknown }).explain));
    },
    createDatabase: connection.createDatabase,
    ping: connection.ping,
    statistics: connection.statistics,
    close: connection.close,
  };
}

function checkParams(definition: QueryDefinition<z.ZodRawShape, z.ZodType>, params: object): object {
  const checked = definition.params.safeParse(params);
  if (!checked.success) {
    throw new ClickHouseError('params', `query ${definition.name}: ${fieldsOf(checked.error)}`);
  }
  if (addressBytes(checked.data) > MAX_PARAMETER_BYTES) {
    throw new ClickHouseError('params', `query ${definition.name}: parameters are too long, ask in parts`);
  }
  return checked.data;
}

/** Parameters travel in the address, which ClickHouse limits to 1 MiB: what goes beyond would look like a lost connection. */
const MAX_PARAMETER_BYTES = 512 * 1024;

/** An upper bound for arrays of plain text and numbers, which is what makes parameters long. */
function addressBytes(params: object): number {
  let bytes = 0;
  for (const value of Object.values(params)) {
    if (typeof value === 'string') bytes += 3 * Buffer.byteLength(value);
    else if (Array.isArray(value)) for (const item of value) bytes += 9 + 3 * Buffer.byteLength(String(item));
  }
  return bytes;
}
