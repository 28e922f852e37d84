import { addToSketch, emptySketch, encodeSketch, sketchCount } from '@culprit/people';
import type { Queryable } from '@culprit/postgres';
import type { ProcessorContext } from '../context.ts';
import { hashesWithRows, issueTotals } from '../queries/verify.ts';
import { hashesBeingDeleted } from '../store/deletions.ts';
import { writePeople } from '../store/issue-people.ts';
import { lockIssues } from '../store/issues.ts';
import {
  type IssueCounters,
  knownHashes,
  pageOfIssues,
  setIssueCounters,
  type VerifiedProject,
} from '../store/verify.ts';
import { type Finding, positionList, type VerifyOptions } from './verify.ts';

const PAGE = 100;

/** What the rows say of one issue. */
interface Totals {
  readonly rows: number;
  readonly first: number;
  readonly last: number;
  readonly users: readonly bigint[];
}

/** Compares the counters of all issues of a project with its rows, a page at a time; each page sees one moment of both stores. */
export async function verifyIssues(
  project: VerifiedProject,
  partitions: number,
  context: ProcessorContext,
  options: VerifyOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly issues: number }> {
  const findings: Finding[] = [...(await orphanRows(project, partitions, context))];
  let issues = 0;
  let afterId = '0';
  for (;;) {
    const page = await context.database.transaction((tx) =>
      verifyPage(tx, project, afterId, partitions, context, options),
    );
    findings.push(...page.findings);
    issues += page.ids.length;
    const lastId = page.ids.at(-1);
    if (lastId === undefined) return { findings, issues };
    afterId = lastId;
  }
}

/**
 * The issues' rows are locked before the positions are read: a commit that is under way waits, and what it adds is neither in the
 * counters nor below the positions.
 */
async function verifyPage(
  tx: Queryable,
  project: VerifiedProject,
  afterId: string,
  partitions: number,
  context: ProcessorContext,
  options: VerifyOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly ids: readonly string[] }> {
  const ids = (await pageOfIssues(tx, project.id, afterId, PAGE)).map((issue) => issue.id);
  if (ids.length === 0) return { findings: [], ids };
  await lockIssues(tx, ids);
  const issues = await pageOfIssues(tx, project.id, afterId, ids.length);
  const positions = await positionList(tx, context.topic, partitions);
  // Rows of a deleted issue may still be there under hashes that have another one now.
  const going = await hashesBeingDeleted(tx, project.id);
  const totals = await totalsOf(project.id, issues, positions, context);
  const findings: Finding[] = [];
  for (const issue of issues) {
    if (issue.hashes.some((hash) => going.has(hash))) continue;
    const own = totals.get(issue.id) ?? { rows: 0, first: 0, last: 0, users: [] };
    findings.push(...(await verifyIssue(tx, project, issue, own, options)));
  }
  return { findings, ids };
}

async function totalsOf(
  projectId: number,
  issues: readonly IssueCounters[],
  positions: number[],
  context: ProcessorContext,
): Promise<ReadonlyMap<string, Totals>> {
  const issueOf = new Map(
    issues.flatMap((issue) => issue.hashes.map((hash) => [BigInt(`0x${hash}`), issue.id])),
  );
  const rows = await context.clickhouse.query(issueTotals, {
    project: projectId,
    positions,
    hashes: [...issueOf.keys()],
  });
  const totals = new Map<string, Totals>();
  for (const row of rows) {
    const id = issueOf.get(BigInt(row.hash));
    if (id === undefined) continue;
    const sum = totals.get(id);
    const users = row.users.map(BigInt);
    totals.set(id, {
      rows: row.rows + (sum?.rows ?? 0),
      first: Math.min(row.first, sum?.first ?? row.first),
      last: Math.max(row.last, sum?.last ?? row.last),
      users: [...users, ...(sum?.users ?? [])],
    });
  }
  return totals;
}

async function verifyIssue(
  tx: Queryable,
  project: VerifiedProject,
  issue: IssueCounters,
  totals: Totals,
  options: VerifyOptions,
): Promise<readonly Finding[]> {
  // Its counters are of its whole life, of which rows are gone: they cannot be computed again.
  if (issue.first_seen.getTime() < project.keptSince) return [];
  const { sketch } = addToSketch(emptySketch(), totals.users);
  const users = sketchCount(sketch);
  const expected = [totals.rows, users, ...(totals.rows > 0 ? [totals.first, totals.last] : [])].map(String);
  const found = [
    issue.times_seen,
    issue.users_seen,
    ...(totals.rows > 0 ? [issue.first_seen.getTime(), issue.last_seen.getTime()].map(String) : []),
  ];
  const names = ['events', 'people', 'first seen', 'last seen'];
  const differences = expected.flatMap((value, i) => (value === found[i] ? [] : [i]));
  if (differences.length === 0) return [];
  if (options.repair) {
    const { rows, first, last } = totals;
    const times =
      rows > 0
        ? { first: new Date(first), last: new Date(last) }
        : { first: issue.first_seen, last: issue.last_seen };
    await setIssueCounters(tx, { id: issue.id, rows, ...times });
    await writePeople(tx, [{ issueId: issue.id, sketch: encodeSketch(sketch), count: users }]);
  }
  return differences.map((i) => ({
    project: project.slug,
    what: `issue ${issue.id}: ${names[i] ?? ''}`,
    expected: expected[i] ?? '',
    found: found[i] ?? '',
    isMended: options.repair,
  }));
}

/** Rows whose hash belongs to no issue. */
async function orphanRows(
  project: VerifiedProject,
  partitions: number,
  context: ProcessorContext,
): Promise<readonly Finding[]> {
  const positions = await positionList(context.database, context.topic, partitions);
  const rows = await context.clickhouse.query(hashesWithRows, { project: project.id, positions });
  const hashes = rows.map((row) => ({ ...row, hash: BigInt(row.hash).toString(16).padStart(16, '0') }));
  const known = await knownHashes(
    context.database,
    project.id,
    hashes.map((row) => row.hash),
  );
  const going = await hashesBeingDeleted(context.database, project.id);
  return hashes
    .filter((row) => !known.has(row.hash) && !going.has(row.hash))
    .map((row) => ({
      project: project.slug,
      what: `rows with hash ${row.hash}, which belongs to no issue`,
      expected: '0',
      found: String(row.rows),
      isMended: false,
    }));
}
