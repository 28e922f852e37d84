import { addToSketch, decodeSketch, emptySketch, encodeSketch, sketchCount } from '@culprit/people';
import type { Transaction } from '@culprit/postgres';
import { faultPoint } from '@culprit/runtime';
import type { ProcessorContext } from '../context.ts';
import { type DeadLetter, insertDeadLetters } from '../store/dead-letters.ts';
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
  reopenIssues,
} from '../store/issues.ts';
import { insertOutbox, type OutboxRow } from '../store/outbox.ts';
import { deletePlan, replacePlan } from '../store/plans.ts';
import { advancePosition } from '../store/positions.ts';
import { ensureReleases, recordReleaseSightings, releaseKeyOf } from '../store/releases.ts';
import { candidateOf, organizationsOf, releaseKeysOf } from './decide.ts';
import type { EventItem, Item } from './items.ts';
import type { EventDecision, Plan } from './plan.ts';

/** Another processor committed this batch: nothing to do, read the position again. */
export class CommittedElsewhere extends Error {
  readonly code = 'committed_elsewhere';
}

/** An event of the plan with its decision. */
interface CountedEvent {
  readonly item: EventItem;
  readonly decision: EventDecision;
  readonly releaseId: string | null;
}

/**
 * Commits a stored plan in one short transaction: position, counters, people, releases, outbox, dead letters. `rest`, where the plan was only the
 * beginning of a larger one, stays to be adopted. Resolves to the next position.
 *
 * @throws CommittedElsewhere when the position is not at `position` any more.
 */
export async function commit(
  partition: number,
  position: number,
  plan: Plan,
  rest: Plan | undefined,
  items: ReadonlyMap<number, Item>,
  context: ProcessorContext,
): Promise<number> {
  const next = rest?.first ?? plan.last + 1;
  await context.database.transaction(async (tx) => {
    if (!(await advancePosition(tx, context.topic, partition, position, next))) {
      throw new CommittedElsewhere('the position has moved');
    }
    await addCounters(tx, plan, items, context);
    const now = new Date(context.clock.now());
    await insertDeadLetters(tx, context.topic, deadLettersOf(partition, plan, items), now);
    if (rest === undefined) await deletePlan(tx, context.topic, partition, plan.first);
    else await replacePlan(tx, context.topic, partition, plan.first, rest);
    await faultPoint('committing');
  });
  return next;
}

async function addCounters(
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

function keyOf({ item, decision }: CountedEvent): HashKey {
  return { projectId: item.header.project_id, hash: decision.hash };
}

async function countedEvents(
  tx: Transaction,
  plan: Plan,
  items: ReadonlyMap<number, Item>,
  context: ProcessorContext,
): Promise<readonly CountedEvent[]> {
  const pairs = plan.decisions.flatMap((decision) => {
    const item = items.get(decision.o);
    return decision.d === 'event' && item?.kind === 'event' ? [{ decision, item }] : [];
  });
  const events = pairs.map(({ item }) => item);
  const organizations = await organizationsOf(events, context);
  const releases = new Map(
    (await ensureReleases(tx, releaseKeysOf(events, organizations), new Date(context.clock.now()))).map(
      (row) => [releaseKeyOf(row), row.id],
    ),
  );
  return pairs.map(({ decision, item }) => {
    const organizationId = organizations.get(item.header.project_id) ?? '';
    const version = item.event.event.release;
    return { decision, item, releaseId: releases.get(releaseKeyOf({ organizationId, version })) ?? null };
  });
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

/** Events of one issue in the order in which they were received. */
function inOrder(events: readonly CountedEvent[]): readonly CountedEvent[] {
  return [...events].sort(
    (a, b) => a.item.header.received - b.item.header.received || a.item.offset - b.item.offset,
  );
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

async function recordSightings(
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

/** New issues and resolved ones that came back: outbox rows for the alerts service, and the issue's state. */
async function announce(
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

function deadLettersOf(
  partition: number,
  plan: Plan,
  items: ReadonlyMap<number, Item>,
): readonly DeadLetter[] {
  return plan.decisions.flatMap((decision) => {
    if (decision.d !== 'dead_letter') return [];
    const item = items.get(decision.o);
    const header = item?.header;
    return [
      {
        partition,
        offset: decision.o,
        projectId: header?.project_id ?? null,
        eventId: header?.id ?? null,
        kind: header?.kind ?? 'unknown',
        stage: decision.stage,
        reason: decision.reason,
        record: item?.value ?? new Uint8Array(),
      },
    ];
  });
}
