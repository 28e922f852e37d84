import type { Transaction } from '@culprit/postgres';
import type { LockedIssue } from '../store/issues.ts';
import { recordReleaseSightings } from '../store/releases.ts';
import { type CountedEvent, inOrder } from './counted-events.ts';

/** Notes which releases were seen in which projects, and how many issues were new in them. */
export async function recordSightings(
  tx: Transaction,
  events: readonly CountedEvent[],
  fresh: readonly LockedIssue[],
  byIssue: ReadonlyMap<string, readonly CountedEvent[]>,
): Promise<void> {
  const sightings = new Map<
    string,
    { releaseId: string; projectId: number; first: Date; last: Date; newIssues: number }
  >();
  for (const { item, releaseId } of events) {
    if (releaseId === null) continue;
    const received = new Date(item.header.received);
    const key = `${releaseId}:${item.header.project_id}`;
    const seen = sightings.get(key);
    if (seen === undefined) {
      sightings.set(key, {
        releaseId,
        projectId: item.header.project_id,
        first: received,
        last: received,
        newIssues: 0,
      });
    } else {
      if (received < seen.first) seen.first = received;
      if (received > seen.last) seen.last = received;
    }
  }
  for (const issue of fresh) {
    const first = inOrder(byIssue.get(issue.id) ?? [])[0];
    const seen = first && sightings.get(`${first.releaseId}:${first.item.header.project_id}`);
    if (seen !== undefined) seen.newIssues += 1;
  }
  await recordReleaseSightings(tx, [...sightings.values()]);
}
