import type { ProcessorContext } from '../context.ts';
import { recordTotals } from '../queries/verify.ts';
import type { VerifiedProject } from '../store/verify.ts';
import { type Finding, positionList } from './verify.ts';

const HOUR_MS = 3600 * 1000;

/**
 * Records that are no events: each was counted once, by its id and by its place in the log, and each check-in that was accepted has its row. What a
 * store that went back in time has doubled cannot be told from what was meant, so nothing is mended.
 */
export async function verifyRecords(
  project: VerifiedProject,
  partitions: number,
  context: ProcessorContext,
): Promise<readonly Finding[]> {
  const positions = await positionList(context.database, context.topic, partitions);
  const since = Math.ceil(project.keptSince / HOUR_MS) * HOUR_MS;
  const [totals] = await context.clickhouse.query(recordTotals, { project: project.id, positions, since });
  if (totals === undefined) return [];
  const compare = (what: string, expected: number, found: number): readonly Finding[] =>
    expected === found
      ? []
      : [{ project: project.slug, what, expected: String(expected), found: String(found), isMended: false }];
  return [
    ...compare('records that are no events, against different ids', totals.ids, totals.no_events),
    ...compare(
      'records that are no events, against different places in the log',
      totals.places,
      totals.records,
    ),
    ...compare('check-ins, against accepted ones', totals.accepted_check_ins, totals.check_ins),
  ];
}
