import type { ClickHouse } from '@culprit/clickhouse';
import { type Database, sql } from '@culprit/postgres';
import type { Health } from '@culprit/runtime';

/** Ready when both stores answer: without one of them no page is worth anything. */
export async function readHealth(database: Database, clickhouse: ClickHouse): Promise<Health> {
  const [postgres, events] = await Promise.allSettled([database.execute(sql`select 1`), clickhouse.ping()]);
  const facts = { postgres: postgres.status === 'fulfilled', clickhouse: events.status === 'fulfilled' };
  const away = [...(facts.postgres ? [] : ['PostgreSQL']), ...(facts.clickhouse ? [] : ['ClickHouse'])];
  const detail = away.length === 0 ? undefined : `${away.join(' and ')} cannot be reached`;
  return { ready: detail === undefined, detail, facts };
}
