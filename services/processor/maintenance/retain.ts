import { CLICKHOUSE_TABLES, cutoffOf, endOfMonth, monthsToDrop, retentionDaysOf } from '@culprit/retention';
import type { ProcessorContext } from '../context.ts';
import {
  deleteTooOld,
  dropMonth,
  exemplarRows,
  KEEP_EXEMPLARS,
  monthsWithRows,
  tooOldRows,
} from '../queries/maintenance.ts';
import { forgetOldDeletions } from '../store/deletions.ts';
import { keptProjects, noteExemplarsKept, noteKeptSince, openExemplars } from '../store/retention.ts';
import { deleteRows } from './mutations.ts';

const EXEMPLAR_PAGE = 500;
const YEAR_MS = 365 * 24 * 3600 * 1000;

/** What a day of retention did. */
export interface Retained {
  readonly droppedMonths: readonly string[];
  readonly deletedEvents: number;
  readonly exemplars: number;
}

const MONTHLY = CLICKHOUSE_TABLES.filter(({ isMonthly }) => isMonthly).map(({ name }) => name);

/** Where a project's life ends. */
interface Cutoff {
  readonly projectId: number;
  /** Unix milliseconds. */
  readonly since: number;
}

/**
 * One day of retention. Whole months that every project lets go are dropped; projects that keep less than the others have their older rows deleted, all
 * in one statement a table. Before anything goes it is written down from when on a project's rows are all there, and the exemplars of its issues are copied.
 */
export async function retain(
  context: ProcessorContext,
  defaultDays: number,
  signal: AbortSignal,
): Promise<Retained> {
  const { database, clickhouse, clock } = context;
  const now = clock.now();
  const projects = await keptProjects(database);
  const lives = projects.map(({ id, settings }) => ({
    projectId: id,
    days: retentionDaysOf(settings, defaultDays),
  }));
  const rows = await clickhouse.query(monthsWithRows, { tables: MONTHLY });
  const drops = MONTHLY.flatMap((table) => {
    const months = rows.filter((row) => row.table === table).map(({ month }) => month);
    return monthsToDrop(months, lives, defaultDays, now).map((month) => ({ table, month }));
  });
  const droppedUntil = drops.reduce((latest, { month }) => Math.max(latest, endOfMonth(month)), 0);
  const own = shorterOnes(lives, now);
  const moved = lives.flatMap(({ projectId }): Cutoff[] => {
    const since = Math.max(droppedUntil, own.find((one) => one.projectId === projectId)?.since ?? 0);
    return since > 0 ? [{ projectId, since }] : [];
  });
  await noteKeptSince(database, moved);
  let exemplars = 0;
  for (const cutoff of moved) exemplars += await keepExemplars(cutoff, context);
  const deletedEvents = await deleteOldRows(own, context, signal);
  for (const { table, month } of drops) {
    signal.throwIfAborted();
    await clickhouse.command(dropMonth(table), { month: String(month) });
  }
  await forgetOldDeletions(database, new Date(now - YEAR_MS));
  return { droppedMonths: drops.map(({ table, month }) => `${table} ${month}`), deletedEvents, exemplars };
}

/** Projects that keep less than the longest one: the whole months of the others still hold their rows. */
function shorterOnes(
  lives: readonly { readonly projectId: number; readonly days: number }[],
  now: number,
): readonly Cutoff[] {
  const longest = lives.some(({ days }) => days === 0) ? 0 : Math.max(0, ...lives.map(({ days }) => days));
  return lives.flatMap(({ projectId, days }) => {
    const since = days === longest ? undefined : cutoffOf(now, days);
    return since === undefined ? [] : [{ projectId, since }];
  });
}

async function deleteOldRows(
  cutoffs: readonly Cutoff[],
  { clickhouse }: ProcessorContext,
  signal: AbortSignal,
): Promise<number> {
  if (cutoffs.length === 0) return 0;
  const params = {
    projects: cutoffs.map(({ projectId }) => projectId),
    cutoffs: cutoffs.map(({ since }) => since),
    latest: cutoffs.reduce((latest, { since }) => Math.max(latest, since), 0),
  };
  const old = (await clickhouse.query(tooOldRows, params)).filter(({ rows }) => rows > 0);
  if (old.length === 0) return 0;
  await deleteRows(
    clickhouse,
    old.map(({ table }) => ({ statement: deleteTooOld(table), params })),
    signal,
  );
  return old.find(({ table }) => table === 'events')?.rows ?? 0;
}

/** Copies the exemplars of a project that are about to go. An issue is looked at until its exemplar is safe or nowhere. */
async function keepExemplars({ projectId, since }: Cutoff, context: ProcessorContext): Promise<number> {
  const { database, clickhouse, clock } = context;
  let copied = 0;
  let afterId = '0';
  for (;;) {
    const page = await openExemplars(database, { projectId, before: since, afterId, limit: EXEMPLAR_PAGE });
    const last = page.at(-1);
    if (last === undefined) return copied;
    afterId = last.id;
    const ids = page.map((issue) => issue.event_id);
    const found = new Map(
      (await clickhouse.query(exemplarRows, { project: projectId, ids })).map((row) => [row.event_id, row]),
    );
    const going = ids.filter((id) => {
      const row = found.get(id);
      return row !== undefined && row.is_kept === 0 && row.received < since;
    });
    if (going.length > 0) {
      const settings = { insert_deduplicate: 0 };
      await clickhouse.command(KEEP_EXEMPLARS, { project: projectId, ids: going }, { settings });
      copied += going.length;
    }
    const settled = page.filter(({ event_id }) => {
      const row = found.get(event_id);
      return row === undefined || row.is_kept === 1 || row.received < since;
    });
    await noteExemplarsKept(
      database,
      settled.map((issue) => issue.id),
      new Date(clock.now()),
    );
  }
}
