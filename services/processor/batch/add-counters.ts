import { addToSketch, decodeSketch, emptySketch, encodeSketch, sketchCount } from '@culprit/people';
import type { Transaction } from '@culprit/postgres';
import type { ProcessorContext } from '../context.ts';
import { findDiscarded } from '../store/discards.ts';
import { readPeople, writePeople } from '../store/issue-people.ts';
import {
  addToIssues,
  createIssues,
  findIssues,
  type HashKey,
  hashKeyOf,
  type IssueDelta,
  type LockedIssue,
  lockIssues,
  type NewIssue,
} from '../store/issues.ts';
import { announce } from './announce.ts';
import { type CountedEvent, countedEvents, inOrder, keyOf } from './counted-events.ts';
import { candidateOf } from './decide.ts';
import type { Item } from './items.ts';
import type { Plan } from './plan.ts';
import { recordSightings } from './record-sightings.ts';

/** Adds the events of a plan to what is counted in PostgreSQL: issues, people, releases; and tells what is new. */
export async function addCounters(
  tx: Transaction,
  plan: Plan,
  items: ReadonlyMap<number, Item>,
  context: ProcessorContext,
): Promise<void> {
  const events = await countedEvents(tx, plan, items, context);
  if (events.length === 0) return;
  const keys = new Map<string, HashKey>();
  for (const event of events) {
    const key = keyOf(event);
    keys.set(hashKeyOf(key), key);
  }
  const issueOf = await issuesOf(tx, [...keys.values()], events);
  const byIssue = groupBy(events, (event) => issueOf.get(hashKeyOf(keyOf(event))));
  const locked = await lockIssues(tx, [...byIssue.keys()]);
  const here = locked.filter((issue) => byIssue.has(issue.id));
  await addToIssues(
    tx,
    here.map((issue) => deltaOf(issue.id, byIssue.get(issue.id) ?? [])),
  );
  await addPeople(tx, here, byIssue);
  const fresh = here.filter((issue) => issue.times_seen === '0');
  await recordSightings(tx, events, fresh, byIssue);
  await announce(tx, here, fresh, byIssue, context);
}

/**
 * The issue of each hash. One that was deleted after the plan was laid is made again, for these events come after it; unless
 * it was discarded, and then their rows go with the others.
 */
async function issuesOf(
  tx: Transaction,
  keys: readonly HashKey[],
  events: readonly CountedEvent[],
): Promise<ReadonlyMap<string, string>> {
  const found = await findIssues(tx, keys);
  if (found.size === keys.length) return found;
  const gone = keys.filter((key) => !found.has(hashKeyOf(key)));
  const discarded = await findDiscarded(tx, gone);
  const again = new Map<string, NewIssue>();
  for (const event of inOrder(events)) {
    const key = hashKeyOf(keyOf(event));
    if (found.has(key) || discarded.has(key) || again.has(key)) continue;
    again.set(key, candidateOf(event.item, event.decision.hash));
  }
  await createIssues(tx, [...again.values()]);
  return findIssues(tx, keys);
}

function groupBy<T>(values: readonly T[], keyOfValue: (value: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOfValue(value);
    if (key === undefined) continue; // its issue was discarded meanwhile
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

function deltaOf(issueId: string, events: readonly CountedEvent[]): IssueDelta {
  const ordered = inOrder(events);
  const first = ordered[0];
  const last = ordered.at(-1);
  if (first === undefined || last === undefined) throw new Error('an issue without events has no delta');
  const latestOf = <T>(pick: (event: CountedEvent) => T | null | undefined): T | null => {
    for (let i = ordered.length - 1; i >= 0; i -= 1) {
      const event = ordered[i];
      const value = event === undefined ? undefined : pick(event);
      if (value !== undefined && value !== null) return value;
    }
    return null;
  };
  return {
    issueId,
    count: ordered.length,
    first: new Date(first.item.header.received),
    last: new Date(last.item.header.received),
    hasUnhandled: ordered.some(({ item }) => item.event.handled === 0),
    firstReleaseId: first.releaseId,
    lastReleaseId: latestOf((event) => event.releaseId),
    firstDeployId: first.decision.deploy ?? null,
    lastDeployId: latestOf((event) => event.decision.deploy),
    exemplarEventId: first.item.header.id,
  };
}

async function addPeople(
  tx: Transaction,
  issues: readonly LockedIssue[],
  byIssue: ReadonlyMap<string, readonly CountedEvent[]>,
): Promise<void> {
  const known = await readPeople(
    tx,
    issues.map((issue) => issue.id),
  );
  const changes = issues.flatMap((issue) => {
    const hashes = (byIssue.get(issue.id) ?? [])
      .map(({ item }) => item.event.userHash)
      .filter((hash) => hash !== 0n);
    if (hashes.length === 0) return [];
    const stored = known.get(issue.id);
    const { sketch, changed } = addToSketch(
      stored === undefined ? emptySketch() : decodeSketch(stored),
      hashes,
    );
    return changed ? [{ issueId: issue.id, sketch: encodeSketch(sketch), count: sketchCount(sketch) }] : [];
  });
  await writePeople(tx, changes);
}
