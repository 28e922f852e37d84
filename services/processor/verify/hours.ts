import type { OutcomeRow } from '../batch/outcomes.ts';
import { outcomeTable } from '../batch/rows.ts';
import type { ProcessorContext } from '../context.ts';
import { hourTotals, REPAIR_PARTITION } from '../queries/verify.ts';
import { deletedByHour, hashesBeingDeleted } from '../store/deletions.ts';
import type { VerifiedProject } from '../store/verify.ts';
import { type Finding, positionList, type VerifyOptions } from './verify.ts';

const HOUR_MS = 3600 * 1000;

/**
 * By hour: every row has its own event id and its own place in the log, and as many events were accepted as there are rows. Accepted
 * outcomes that are missing are added with `repair`: a copy of ClickHouse that was taken between the blocks of a batch has its events and
 * not yet its outcomes, and nothing else brings them back.
 */
export async function verifyHours(
  project: VerifiedProject,
  partitions: number,
  context: ProcessorContext,
  options: VerifyOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly rows: number }> {
  const positions = await positionList(context.database, context.topic, partitions);
  // Where retention has been, outcomes may outlive their rows. Whole hours only.
  const since = Math.ceil(project.keptSince / HOUR_MS) * HOUR_MS;
  const isDeletingBefore = await isDeleting(project, context);
  const deleted = await deletedByHour(context.database, project.id);
  const hours = await context.clickhouse.query(hourTotals, { project: project.id, positions, since });
  // While rows go away, or went while they were counted, nothing can be said of their number.
  const isCounted = !isDeletingBefore && !(await isDeleting(project, context));
  const findings: Finding[] = [];
  let rows = 0;
  for (const [index, hour] of hours.entries()) {
    rows += hour.rows;
    const at = new Date(hour.hour).toISOString().slice(0, 13);
    const compare = (what: string, expected: number, found: number, isMended = false): void => {
      if (expected === found) return;
      findings.push({
        project: project.slug,
        what: `hour ${at}: ${what}`,
        expected: String(expected),
        found: String(found),
        isMended,
      });
    };
    compare('rows, against different event ids', hour.ids, hour.rows);
    compare('rows, against different places in the log', hour.offsets, hour.rows);
    if (!isCounted) continue;
    const accepted = hour.rows + (deleted.get(hour.hour) ?? 0);
    const missing = accepted - hour.accepted;
    const isMended = options.repair && missing > 0;
    if (isMended) await addAccepted(project.id, hour.hour, missing, index, context);
    compare('accepted outcomes, against rows', accepted, hour.accepted, isMended);
  }
  return { findings, rows };
}

async function isDeleting(project: VerifiedProject, { database }: ProcessorContext): Promise<boolean> {
  return (await hashesBeingDeleted(database, project.id)).size > 0;
}

/** Of an unknown key, in the first minute of the hour. */
async function addAccepted(
  projectId: number,
  hour: number,
  quantity: number,
  index: number,
  context: ProcessorContext,
): Promise<void> {
  // A place of its own for each, so that no later repair is taken for a repeat.
  const offset = context.clock.now() * 1000 + (index % 1000);
  const outcome = {
    projectId,
    keyId: 0,
    received: hour,
    outcome: 'accepted',
    reason: '',
    category: 'error',
    offset,
    quantity,
    release: '',
    records: [],
  } satisfies OutcomeRow;
  await context.clickhouse.storeBlock({
    ...outcomeTable(REPAIR_PARTITION, [outcome]),
    topic: context.topic,
    partition: REPAIR_PARTITION,
    first: offset,
    last: offset,
    receivedFrom: hour,
    receivedTo: hour + HOUR_MS,
    takeOver: false,
  });
}
