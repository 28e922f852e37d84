/**
 * What the engine is told at its start. Measured: 2,000 events/s of 14 KB with 27 reads/s peak at 724–756 MB of resident
 * memory, idle 243–350 MB. The cap counts the engine's own allocations; the process may be 100–250 MB above it.
 */
export const engineConfig = `<clickhouse>
 <max_server_memory_usage>750000000</max_server_memory_usage>
 <mark_cache_size>33554432</mark_cache_size>
 <primary_index_cache_size>33554432</primary_index_cache_size>
 <index_mark_cache_size>16777216</index_mark_cache_size>
 <query_condition_cache_size>8388608</query_condition_cache_size>
 <compiled_expression_cache_size>8388608</compiled_expression_cache_size>
 <background_pool_size>2</background_pool_size>
 <background_common_pool_size>1</background_common_pool_size>
 <background_schedule_pool_size>2</background_schedule_pool_size>
 <max_thread_pool_size>64</max_thread_pool_size>
</clickhouse>
`;

/** Statements of one lane never wait for those of another: a slow page does not delay ingestion, and a kill is never behind what it shall kill. */
export type LaneName = 'insert' | 'read' | 'change' | 'control';

/**
 * How many run at once, how many may wait, and for how many seconds one may run where it does not say so itself. `insert` is 1 wide: a second insert of a
 * deduplication token therefore waits until the first has ended, even when nobody waits for the first any more. `change` is DDL, `OPTIMIZE`, `INSERT … SELECT`.
 */
export const laneLimits: Readonly<
  Record<LaneName, { readonly width: number; readonly maxWaiting: number; readonly seconds: number }>
> = {
  insert: { width: 1, maxWaiting: 32, seconds: 120 },
  read: { width: 4, maxWaiting: 128, seconds: 60 },
  change: { width: 1, maxWaiting: 32, seconds: 600 },
  control: { width: 1, maxWaiting: 128, seconds: 60 },
};

/** Arguments of every session; query settings in the file's profiles are ignored by the embedded engine. */
export function connectionArguments(configFile: string, lane: LaneName): string[] {
  return [
    `--config-file=${configFile}`,
    '--max_threads=2',
    '--max_memory_usage=300000000',
    `--max_execution_time=${laneLimits[lane].seconds}`,
  ];
}

/** The engine's calls run on libuv's pool: one per place in a lane, and some for files. Set before the first import. */
export const threadPoolSize = 16;

/** Bodies and answers that are in memory at one time, in bytes. */
export const heldBytes = 192 * 1024 * 1024;
