import { faultPoint } from '@culprit/runtime';
import type { ProcessorContext } from '../context.ts';
import { type DeadLetter, insertDeadLetters } from '../store/dead-letters.ts';
import { deletePlan, replacePlan } from '../store/plans.ts';
import { advancePosition } from '../store/positions.ts';
import { addCounters } from './add-counters.ts';
import type { Item } from './items.ts';
import type { Plan } from './plan.ts';

/** Another processor committed this batch: nothing to do, read the position again. */
export class CommittedElsewhere extends Error {
  readonly code = 'committed_elsewhere';
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
