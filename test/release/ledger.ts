import { createClickHouse, defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';

const rowsById = defineQuery({
  name: 'drill_rows_by_id',
  params: { ids: z.array(z.string()) },
  row: z.object({ id: z.string(), rows: z.coerce.number() }),
  sql: `SELECT replaceAll(toString(event_id), '-', '') AS id, count() AS rows FROM events
    WHERE event_id IN (SELECT toUUID(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id)) GROUP BY event_id`,
});
const IDS_PER_QUERY = 1_000;

/** What is stored of the events that were acknowledged. */
export interface Ledger {
  missing(ids: ReadonlySet<string>): Promise<readonly string[]>;
  doubled(ids: ReadonlySet<string>): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Opens the events of the stack that runs. */
export async function openLedger(run: { readonly clickhouseUrl: string }): Promise<Ledger> {
  const clickhouse = createClickHouse({ url: run.clickhouseUrl });
  const rowsOf = async (ids: ReadonlySet<string>): Promise<ReadonlyMap<string, number>> => {
    const all = [...ids];
    const rows = new Map<string, number>();
    for (let first = 0; first < all.length; first += IDS_PER_QUERY) {
      const found = await clickhouse.query(rowsById, { ids: all.slice(first, first + IDS_PER_QUERY) });
      for (const row of found) rows.set(row.id, row.rows);
    }
    return rows;
  };
  return {
    missing: async (ids) => {
      const rows = await rowsOf(ids);
      return [...ids].filter((id) => !rows.has(id));
    },
    doubled: async (ids) => [...(await rowsOf(ids))].filter(([, n]) => n > 1).map(([id]) => id),
    close: () => clickhouse.close(),
  };
}
