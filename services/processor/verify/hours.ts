import { outcomeTable } from '../batch/rows.ts';
import type { ProcessorContext } from '../context.ts';
import { hourTotals, REPAIR_PARTITION } from '../queries/verify.ts';
import { type Finding, positionList, type VerifyOptions } from './verify.ts';

const HOUR_MS = 3600 * 1000;

/**
 * By hour: every row has its own event id and its own place in the log, and as many events were accepted as there are rows. Accepted
 * outcomes that are missing are added with `repair`: a copy of ClickHouse that was taken between the blocks of a batch has its events and
 * not yet its outcomes, and nothing else brings them back.
 */
export async function verifyHours(
  project: { readonly id: number; readonly slug: string },
  partitions: number,
  context: ProcessorContext,
  options: VerifyOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly rows: number }> {
  const positions = await positionList(context.database, context.topic, partitions);
  const hours = await context.clickhouse.query(hourTotals, { project: project.id, positions });
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
    const missing = hour.rows - hour.accepted;
    const isMended = options.repair && missing > 0;
    if (isMended) await addAccepted(project.id, hour.hour, missing, index, context);
    compare('accepted outcomes, against rows', hour.rows, hour.accepted, isMended);
  }
  return { findings, rows };
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
  } as const;
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
