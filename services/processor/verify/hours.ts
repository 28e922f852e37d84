import type { ProcessorContext } from '../context.ts';
import { hourTotals } from '../queries/verify.ts';
import { type Finding, positionList } from './verify.ts';

/** By hour: every row has its own event id and its own place in the log, and as many events were accepted as there are rows. */
export async function verifyHours(
  project: { readonly id: number; readonly slug: string },
  partitions: number,
  context: ProcessorContext,
): Promise<{ readonly findings: readonly Finding[]; readonly rows: number }> {
  const positions = await positionList(context.database, context.topic, partitions);
  const hours = await context.clickhouse.query(hourTotals, { project: project.id, positions });
  const findings: Finding[] = [];
  let rows = 0;
  for (const hour of hours) {
    rows += hour.rows;
    const at = new Date(hour.hour).toISOString().slice(0, 13);
    const compare = (what: string, expected: number, found: number): void => {
      if (expected === found) return;
      findings.push({
        project: project.slug,
        what: `hour ${at}: ${what}`,
        expected: String(expected),
        found: String(found),
        isMended: false,
      });
    };
    compare('rows, against different event ids', hour.ids, hour.rows);
    compare('rows, against different places in the log', hour.offsets, hour.rows);
    compare('accepted outcomes, against rows', hour.rows, hour.accepted);
  }
  return { findings, rows };
}
