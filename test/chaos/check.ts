import { readFile } from 'node:fs/promises';
import { createClickHouse, defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';
import type { LocalStack } from './local-stack.ts';

const rowsById = defineQuery({
  name: 'chaos_rows_by_id',
  params: { ids: z.array(z.string()) },
  row: z.object({ id: z.string(), rows: z.coerce.number() }),
  sql: `SELECT replaceAll(toString(event_id), '-', '') AS id, count() AS rows FROM events
    WHERE event_id IN (SELECT toUUID(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id)) GROUP BY event_id`,
});
const totals = defineQuery({
  name: 'chaos_totals',
  params: {},
  row: z.object({ rows: z.coerce.number(), ids: z.coerce.number() }),
  sql: 'SELECT count() AS rows, uniqExact(event_id) AS ids FROM events',
});

export interface CheckResult {
  readonly acknowledged: number;
  readonly missing: readonly string[];
  readonly doubled: readonly string[];
  /** Rows of events that were not acknowledged: the answer was lost, the event was not. */
  readonly unacknowledgedRows: number;
  readonly verify: string;
  readonly isVerified: boolean;
}

/** Every acknowledged event is in ClickHouse exactly once, and everything derived agrees with the rows. */
export async function check(stack: LocalStack, ackFile: string): Promise<CheckResult> {
  const acknowledged = (await readFile(ackFile, 'utf8')).split('\n').filter((line) => line !== '');
  const clickhouse = createClickHouse({ url: (await stack.run()).clickhouseUrl });
  try {
    const rows = new Map<string, number>();
    for (let i = 0; i < acknowledged.length; i += 1_000) {
      const found = await clickhouse.query(rowsById, { ids: acknowledged.slice(i, i + 1_000) });
      for (const { id, rows: n } of found) rows.set(id, n);
    }
    const [total] = await clickhouse.query(totals, {});
    const verified = await stack.tool('services/processor/verify-main.ts');
    return {
      acknowledged: acknowledged.length,
      missing: acknowledged.filter((id) => !rows.has(id)),
      doubled: [...rows].filter(([, n]) => n > 1).map(([id]) => id),
      unacknowledgedRows: (total?.ids ?? 0) - rows.size,
      verify: verified.output.trim(),
      isVerified: verified.code === 0 && total?.rows === total?.ids,
    };
  } finally {
    await clickhouse.close();
  }
}
