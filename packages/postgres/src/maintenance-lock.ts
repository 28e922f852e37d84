import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from './database.ts';
import { sql } from './sql.ts';

/** 'culp' as a number, beside the locks of the migrations, and what it is for. */
const LOCK_SPACE = 0x63756c70;
const LOCK_MAINTENANCE = 3;
const POLL_MS = 200;

/**
 * Runs `fn` while nobody else deletes or copies what is stored: retention, deletions and backups exclude each other. The lock belongs to a connection, so it ends
 * with its holder.
 *
 * @param options.patienceMs how long to wait for it. Default 0.
 * @returns undefined when another has it.
 */
export async function withMaintenanceLock<T>(
  database: Database,
  fn: () => Promise<T>,
  options: { readonly patienceMs?: number } = {},
): Promise<{ readonly result: T } | undefined> {
  return database.session(async (session) => {
    const deadline = performance.now() + (options.patienceMs ?? 0);
    for (;;) {
      const { locked } = await session.one<{ locked: boolean }>(
        sql`select pg_try_advisory_lock(${LOCK_SPACE}::int, ${LOCK_MAINTENANCE}::int) as locked`,
      );
      if (locked) return { result: await fn() };
      if (performance.now() >= deadline) return undefined;
      await delay(POLL_MS);
    }
  });
}
