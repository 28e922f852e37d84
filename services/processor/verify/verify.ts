import type { EventLog } from '@culprit/event-log';
import type { ProcessorContext } from '../context.ts';
import { type LogLoss, readLogLosses } from '../store/log-losses.ts';
import { readHighestPositions, readPositions } from '../store/positions.ts';
import { allProjects } from '../store/verify.ts';
import { verifyHours } from './hours.ts';
import { verifyIssues } from './issues.ts';
import { mendItems } from './items.ts';
import { replayMissing } from './missing.ts';
import { verifyRecords } from './records.ts';

/** Something derived that does not agree with `events`. */
export interface Finding {
  readonly project: string;
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly isMended: boolean;
}

export interface VerifyOptions {
  readonly repair: boolean;
  readonly onProgress: (message: string) => void;
}

export interface VerifyReport {
  readonly findings: readonly Finding[];
  readonly issues: number;
  readonly rows: number;
  /** Explains where offsets have no row: no finding, since a person has decided. */
  readonly losses: readonly LogLoss[];
}

/**
 * Compares everything derived with `events` – issue counters, people, first and last seen; rows, ids and accepted outcomes by hour – and the outcomes of records that are
 * no events with the rows of sessions, check-ins and user reports, at the committed positions, so it may run beside live processors. With `repair` counters are set to
 * what the rows say, accepted outcomes that are missing are added, and records that are still in the log and have no row although their position is committed are
 * appended again.
 */
export async function verify(
  log: EventLog,
  context: ProcessorContext,
  options: VerifyOptions,
): Promise<VerifyReport> {
  // First: what it stores again is then there for the others.
  const findings: Finding[] = [...(await mendItems(log, context, options))];
  let issues = 0;
  let rows = 0;
  for (const project of await allProjects(context.database)) {
    const checkedIssues = await verifyIssues(project, log.partitions, context, options);
    const checkedHours = await verifyHours(project, log.partitions, context, options);
    const checkedRecords = await verifyRecords(project, log.partitions, context);
    findings.push(...checkedIssues.findings, ...checkedHours.findings, ...checkedRecords);
    issues += checkedIssues.issues;
    rows += checkedHours.rows;
    options.onProgress(`${project.slug}: ${checkedIssues.issues} issues, ${checkedHours.rows} events`);
  }
  findings.push(...(await replayMissing(log, context, options)));
  return { findings, issues, rows, losses: await readLogLosses(context.database) };
}

/**
 * Committed positions as a list by partition, for the queries. Partitions that only a log before this one had are in it as far as that one went: all of
 * their rows are committed.
 */
export async function positionList(
  database: Parameters<typeof readPositions>[0],
  topic: string,
  partitions: number,
): Promise<number[]> {
  const positions = await readPositions(database, topic);
  const ever = await readHighestPositions(database);
  const length = Math.max(partitions, ...[...ever.keys()].map((partition) => partition + 1));
  return Array.from({ length }, (_, partition) => positions.get(partition) ?? ever.get(partition) ?? 0);
}
