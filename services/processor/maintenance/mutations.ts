import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouse } from '@culprit/clickhouse';
import { openMutations } from '../queries/maintenance.ts';

const POLL_MS = 500;

/** A delete of rows that ClickHouse cannot do, as for want of memory or disk. */
export class MutationFailed extends Error {
  readonly code = 'mutation_failed';
  constructor(table: string, options: ErrorOptions) {
    super(`rows of ${table} cannot be deleted`, options);
    this.name = 'MutationFailed';
  }
}

/**
 * Starts deletes of rows and waits until they are done. What an earlier process began is waited for as well.
 *
 * @throws MutationFailed when one fails: it is ended, since ClickHouse would repeat it for ever.
 */
export async function deleteRows(
  clickhouse: ClickHouse,
  statements: readonly { readonly statement: string; readonly params: Readonly<Record<string, unknown>> }[],
  signal: AbortSignal,
): Promise<void> {
  for (const { statement, params } of statements) await clickhouse.command(statement, params);
  for (;;) {
    const open = await clickhouse.query(openMutations, {});
    if (open.length === 0) return;
    const failed = open.find(({ failure }) => failure !== '');
    if (failed !== undefined) {
      await clickhouse.command(
        "KILL MUTATION WHERE database = currentDatabase() AND latest_fail_reason != '' AND NOT is_done",
      );
      throw new MutationFailed(failed.table, { cause: new Error(failed.failure.slice(0, 500)) });
    }
    await delay(POLL_MS, undefined, { signal });
  }
}
