import { CLICKHOUSE_TABLES } from '@culprit/retention';
import type { ProcessorContext } from '../context.ts';
import { DELETE_PROJECTS, eventsByHour, isBelow, rowsOfProjects } from '../queries/maintenance.ts';
import {
  type Deletion,
  deleteProjectRow,
  deleteProjectRows,
  finishDeletions,
  noteHours,
  openDeletions,
} from '../store/deletions.ts';
import { readPositions } from '../store/positions.ts';
import { deleteRows } from './mutations.ts';

const OF_EVENTS = CLICKHOUSE_TABLES.filter(({ ofIssue }) => ofIssue === 'event').map(({ name }) => name);
const OF_HASHES = CLICKHOUSE_TABLES.filter(({ ofIssue }) => ofIssue === 'hash').map(({ name }) => name);
/** Deletions that are done together: each is a condition of one statement. */
const AT_ONCE = 50;
/** For so long a processor may still think that a deleted project is there (`ProjectDirectory`), and then a batch is on its way. */
const PROJECT_GRACE_MS = 120_000;

/**
 * Deletes the rows of what people have deleted, all in one go. Every step can be repeated: what goes is counted and written down
 * before, deletes are by condition, and the end is noted last.
 *
 * @returns how many deletions ended.
 */
export async function finishOpenDeletions(context: ProcessorContext, signal: AbortSignal): Promise<number> {
  const open = await openDeletions(context.database, AT_ONCE);
  const issues = open.filter(({ kind }) => kind === 'issue');
  const projects = open.filter(
    ({ kind, created_at }) =>
      kind === 'project' && context.clock.now() - created_at.getTime() >= PROJECT_GRACE_MS,
  );
  return (await finishIssues(issues, context, signal)) + (await finishProjects(projects, context, signal));
}

async function finishIssues(
  deletions: readonly Deletion[],
  context: ProcessorContext,
  signal: AbortSignal,
): Promise<number> {
  const { database, clickhouse, clock } = context;
  const positions = await readPositions(database, context.topic);
  // Below its offsets everything must be stored: of a discarded issue batches may still be on their way.
  const ready = deletions.filter(
    ({ topic, offsets }) =>
      topic !== context.topic ||
      offsets.every((offset, partition) => (positions.get(partition) ?? 0) >= Number(offset)),
  );
  if (ready.length === 0) return 0;
  for (const deletion of ready) await count(deletion, context);
  const { where, params } = conditionOf(ready);
  const ofEvents = `event_id IN (SELECT event_id FROM events WHERE ${where})`;
  // What hangs on events first: whose it is is known only while the events are there.
  const projects = { ...params, projects: [...new Set(ready.map((one) => one.project_id))] };
  const hanging = OF_EVENTS.map((table) => ({
    statement: `ALTER TABLE ${table} DELETE WHERE project_id IN {projects:Array(UInt32)} AND ${ofEvents}`,
    params: projects,
  }));
  await deleteRows(clickhouse, hanging, signal);
  await deleteRows(
    clickhouse,
    OF_HASHES.map((table) => ({ statement: `ALTER TABLE ${table} DELETE WHERE ${where}`, params })),
    signal,
  );
  await finishDeletions(
    database,
    ready.map(({ id }) => id),
    new Date(clock.now()),
  );
  return ready.length;
}

/** Only while nothing is deleted yet: `noteHours` keeps the first answer. */
async function count(deletion: Deletion, { database, clickhouse }: ProcessorContext): Promise<void> {
  if (deletion.hours !== null) return;
  const rows = await clickhouse.query(eventsByHour, {
    project: deletion.project_id,
    hashes: deletion.hashes.map((hash) => BigInt(`0x${hash}`)),
    offsets: deletion.offsets.map(Number),
  });
  await noteHours(
    database,
    deletion.id,
    Object.fromEntries(rows.map(({ hour, events }) => [String(hour), events])),
  );
}

/** Placeholders only: the values go beside the statement. */
function conditionOf(deletions: readonly Deletion[]): {
  readonly where: string;
  readonly params: Readonly<Record<string, unknown>>;
} {
  const params: Record<string, unknown> = {};
  const conditions = deletions.map(({ project_id, hashes, offsets }, i) => {
    params[`project${i}`] = project_id;
    params[`hashes${i}`] = hashes.map((hash) => BigInt(`0x${hash}`));
    params[`offsets${i}`] = offsets.map(Number);
    return `(project_id = {project${i}:UInt32} AND grouping_hash IN {hashes${i}:Array(UInt64)}
      AND ${isBelow(`offsets${i}`)})`;
  });
  return { where: conditions.join(' OR '), params };
}

async function finishProjects(
  deletions: readonly Deletion[],
  { database, clickhouse, clock }: ProcessorContext,
  signal: AbortSignal,
): Promise<number> {
  if (deletions.length === 0) return 0;
  const projects = deletions.map((deletion) => deletion.project_id);
  for (const project of projects) await deleteProjectRows(database, project);
  await deleteRows(
    clickhouse,
    DELETE_PROJECTS.map((statement) => ({ statement, params: { projects } })),
    signal,
  );
  // What came in between is for the next time.
  const left = new Set((await clickhouse.query(rowsOfProjects, { projects })).map((row) => row.project));
  const done = deletions.filter((deletion) => !left.has(deletion.project_id));
  for (const { project_id } of done) {
    await deleteProjectRows(database, project_id);
    await deleteProjectRow(database, project_id);
  }
  await finishDeletions(
    database,
    done.map(({ id }) => id),
    new Date(clock.now()),
  );
  return done.length;
}
