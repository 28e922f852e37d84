import { decisionOfRefusal } from './decide.ts';
import type { Item } from './items.ts';
import type { Decision, Plan } from './plan.ts';

/** Decisions by which something of the record is stored. */
const STORES: ReadonlySet<Decision['d']> = new Set(['event', 'item', 'attachment', 'outcomes']);

/**
 * A plan that was laid earlier, as far as its records can still be read. One that cannot be (its file has vanished, or this release refuses what the one that laid
 * the plan took) gives no rows: it ends as it is refused now, instead of counting as accepted with nothing stored.
 */
export function adoptPlan(plan: Plan, items: ReadonlyMap<number, Item>): Plan {
  const decisions = plan.decisions.map((decision) => {
    const item = STORES.has(decision.d) ? items.get(decision.o) : undefined;
    return item?.kind === 'refused' ? decisionOfRefusal(item) : decision;
  });
  return { ...plan, decisions };
}
