import type { Transaction } from '@culprit/postgres';
import type { ProcessorContext } from '../context.ts';
import { type LockedIssue, reopenIssues } from '../store/issues.ts';
import { insertOutbox, type OutboxRow } from '../store/outbox.ts';
import { type CountedEvent, inOrder } from './counted-events.ts';

/** New issues and resolved ones that came back: outbox rows for the alerts service, and the issue's state. */
export async function announce(
  tx: Transaction,
  issues: readonly LockedIssue[],
  fresh: readonly LockedIssue[],
  byIssue: ReadonlyMap<string, readonly CountedEvent[]>,
  context: ProcessorContext,
): Promise<void> {
  const now = new Date(context.clock.now());
  const regressed = issues.filter((issue) => {
    const last = inOrder(byIssue.get(issue.id) ?? []).at(-1);
    const since = issue.status_changed_at?.getTime() ?? 0;
    return issue.status === 'resolved' && last !== undefined && last.item.header.received > since;
  });
  await reopenIssues(
    tx,
    regressed.map((issue) => issue.id),
    now,
  );
  const projects = await context.projects.load(new Set(issues.map((issue) => issue.project_id)));
  const rowOf = (kind: OutboxRow['kind'], issue: LockedIssue): readonly OutboxRow[] => {
    const project = projects.project(issue.project_id);
    const first = inOrder(byIssue.get(issue.id) ?? [])[0];
    if (project === undefined || first === undefined) return [];
    return [
      {
        kind,
        organizationId: project.organizationId,
        projectId: issue.project_id,
        issueId: issue.id,
        releaseId: first.releaseId,
        deployId: first.decision.deploy ?? null,
      },
    ];
  };
  await insertOutbox(
    tx,
    [
      ...fresh.flatMap((issue) => rowOf('issue.new', issue)),
      ...regressed.flatMap((issue) => rowOf('issue.regressed', issue)),
    ],
    now,
  );
}
