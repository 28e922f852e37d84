import { BATCH_LIMITS } from '../consumer.ts';
import type { ProcessorContext } from '../context.ts';
import { recordTotals } from '../queries/verify.ts';
import { checkInPlaces, sessionPlaces, userReportPlaces } from '../queries/verify-items.ts';
import { issuesDeletedUntil } from '../store/deletions.ts';
import type { VerifiedProject } from '../store/verify.ts';
import { type Finding, positionList } from './verify.ts';

const HOUR_MS = 3600 * 1000;

/** A batch may have begun so long before a record of it, and rows that it began with may be gone. */
const BATCH_MS = 24 * HOUR_MS;

/**
 * Records that are no events: each was counted once, by its id and by its place in the log, and what was accepted has its row and nothing else has. What a
 * store that went back in time has doubled cannot be told from what was meant, so nothing is mended here; what is missing and still in the log is, by `mendItems`.
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
    ...(await comparePlaces({ project, positions, since }, context)).flatMap(({ name, places }) => [
      ...compare(`${name}, against different places in the log`, places.places, places.rows),
      ...compare(`accepted ${name} without a row`, 0, places.missing),
      ...compare(`rows of ${name} that were not accepted`, 0, places.surplus),
    ]),
  ];
}

async function comparePlaces(
  of: { readonly project: VerifiedProject; readonly positions: number[]; readonly since: number },
  { clickhouse, database }: ProcessorContext,
): Promise<
  readonly {
    readonly name: string;
    readonly places: Record<'rows' | 'places' | 'missing' | 'surplus', number>;
  }[]
> {
  const asked = { ...of, project: of.project.id };
  const settled = of.since === 0 ? 0 : of.since + BATCH_MS;
  const [checkIns] = await clickhouse.query(checkInPlaces, asked);
  const [sessions] = await clickhouse.query(sessionPlaces, {
    ...asked,
    settled,
    span: BATCH_LIMITS.maxRecords,
  });
  // What people said goes with its event, and then nothing tells any more whose it was.
  const deletedUntil = await issuesDeletedUntil(database, of.project.id);
  const later = Math.ceil(deletedUntil / HOUR_MS) * HOUR_MS;
  const [reports] = Number.isFinite(later)
    ? await clickhouse.query(userReportPlaces, { ...asked, since: Math.max(of.since, later) })
    : [];
  return [
    ...(checkIns === undefined ? [] : [{ name: 'check-ins', places: checkIns }]),
    ...(reports === undefined ? [] : [{ name: 'user reports', places: reports }]),
    ...(sessions === undefined ? [] : [{ name: 'sessions', places: sessions }]),
  ];
}
