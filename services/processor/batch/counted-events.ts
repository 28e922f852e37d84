import type { Transaction } from '@culprit/postgres';
import type { ProcessorContext } from '../context.ts';
import type { HashKey } from '../store/issues.ts';
import { ensureReleases, releaseKeyOf } from '../store/releases.ts';
import { organizationsOf, releaseKeysOf } from './decide.ts';
import { type EventItem, type Item, isOfIssue } from './items.ts';
import type { EventDecision, Plan } from './plan.ts';

/** An event of an issue with its decision. */
export interface CountedEvent {
  readonly item: EventItem;
  readonly decision: EventDecision;
  readonly releaseId: string | null;
}

/** The events of a plan that count in an issue, with their releases, which are made where they are gone. */
export async function countedEvents(
  tx: Transaction,
  plan: Plan,
  items: ReadonlyMap<number, Item>,
  context: ProcessorContext,
): Promise<readonly CountedEvent[]> {
  const pairs = plan.decisions.flatMap((decision) => {
    const item = items.get(decision.o);
    if (decision.d !== 'event' || item?.kind !== 'event') return [];
    return isOfIssue(decision) ? [{ decision, item }] : [];
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

/** What the event's issue is found by. */
export function keyOf({ item, decision }: CountedEvent): HashKey {
  return { projectId: item.header.project_id, hash: decision.hash };
}

/** Events of one issue in the order in which they were received. */
export function inOrder(events: readonly CountedEvent[]): readonly CountedEvent[] {
  return [...events].sort(
    (a, b) => a.item.header.received - b.item.header.received || a.item.offset - b.item.offset,
  );
}
