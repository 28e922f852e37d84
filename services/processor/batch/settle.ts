import { faultPoint } from '@culprit/runtime';
import type { ProcessorContext } from '../context.ts';
import { adoptPlan } from './adopt-plan.ts';
import { type Attempt, SettleError, type SettleStep } from './attempt.ts';
import { CommittedElsewhere, commit } from './commit.ts';
import { decide } from './decide.ts';
import type { DuplicateFilter } from './duplicate-filter.ts';
import { findDuplicates, rememberIds } from './duplicates.ts';
import type { Item } from './items.ts';
import { condemn, type Plan, splitPlan } from './plan.ts';
import { refuseReports } from './refuse-reports.ts';
import { rowsOfPlan } from './rows.ts';
import { cutByPresence } from './stored-ahead.ts';
import { TABLES, type TableRows } from './table-rows.ts';

export interface Batch {
  readonly partition: number;
  /** The stored position that the batch begins at. */
  readonly position: number;
  /** One per record, in order; where there is an unfinished plan, exactly its records. */
  readonly items: readonly Item[];
  /** Laid down earlier and not committed: adopted, never remade. */
  readonly unfinished: Plan | undefined;
  /** Ids of the partition's recent records. */
  readonly filter: DuplicateFilter;
  /** Offsets up to this one may have rows that no plan accounts for; −1: none. */
  readonly storedUntil: number;
}

export interface Settled {
  readonly next: number;
  /** A part of the plan is left, stored and not committed. */
  readonly isPlanLeft: boolean;
}

/**
 * Plan → store → commit.
 *
 * - Plan: what is decided is laid down first, in one short transaction.
 * - Store: no transaction is open; one block per table.
 * - Commit: one short transaction moves the position and adds everything that is counted.
 *
 * After a failure only the beginning of the plan is stored and committed (`attempt.cap`); the rest stays a plan and is adopted next.
 *
 * @throws SettleError with the step; CommittedElsewhere when another processor was faster.
 */
export async function settle(batch: Batch, attempt: Attempt, context: ProcessorContext): Promise<Settled> {
  const { partition, position, items, unfinished } = batch;
  const byOffset = new Map(items.map((item) => [item.offset, item]));
  const plan =
    unfinished === undefined
      ? await step(context, 'plan', items.length, [], () => layPlan(batch, attempt, context))
      : adoptPlan(unfinished, byOffset);
  // An adopted plan was laid by a processor that may be gone, and its rows may not be stored yet.
  if (unfinished !== undefined) rememberIds(items, batch.filter, context.clock.now());
  await faultPoint('planned');

  const { head, rest } = part(plan, attempt);
  const size = head.decisions.length;
  const stored = new Set<string>([...plan.storedTables, ...attempt.storedTables]);
  const isTakeOver = unfinished !== undefined;
  // A number that no row can hold is a failure to store: of a sum of fewer records, or of one record alone.
  const tables = await step(context, 'store', size, [], async () => rowsOfPlan(partition, head, byOffset));
  for (const table of tables) {
    if (stored.has(table.table)) continue;
    await step(context, 'store', size, [...stored], () => store(partition, head, table, isTakeOver, context));
    stored.add(table.table);
    await faultPoint(`stored-${table.table}`);
  }
  await faultPoint('stored');

  const left = rest && {
    ...rest,
    storedTables: [...new Set([...plan.storedTables, ...attempt.storedTables])],
  };
  const next = await step(context, 'commit', size, TABLES, () =>
    commit(partition, position, head, left, byOffset, context),
  );
  await faultPoint('committed');
  context.metrics.countPlan(head, byOffset);
  return { next, isPlanLeft: rest !== undefined };
}

/** What is settled now and what stays a plan; a condemned record is the first and only one of the head. */
function part(plan: Plan, attempt: Attempt): { readonly head: Plan; readonly rest: Plan | undefined } {
  const { failed, condemned, cap } = attempt;
  if (failed === undefined || failed === 'plan') return { head: plan, rest: undefined };
  const { head, rest } = splitPlan(plan, cap);
  return { head: condemned === undefined ? head : condemn(head, failed, condemned), rest };
}

async function step<T>(
  { metrics }: ProcessorContext,
  name: SettleStep,
  size: number,
  storedTables: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const end = metrics.batchSeconds.startTimer({ step: name });
  try {
    return await work();
  } catch (error) {
    if (error instanceof CommittedElsewhere) throw error;
    throw new SettleError(name, size, storedTables, error);
  } finally {
    end();
  }
}

async function layPlan(batch: Batch, attempt: Attempt, context: ProcessorContext): Promise<Plan> {
  const { partition, filter } = batch;
  const items = batch.items.map((item) => condemnedItem(item, attempt));
  const duplicates = await findDuplicates(partition, items, filter, context);
  const isAhead = (items[0]?.offset ?? 0) <= batch.storedUntil;
  const part = isAhead
    ? await cutByPresence(partition, items, duplicates, context)
    : { items, isStored: false };
  const refusedReports = await refuseReports(partition, part.items, duplicates, context);
  const plan = await decide(partition, batch.position, part, { duplicates, refusedReports }, context);
  if (plan === undefined)
    throw new CommittedElsewhere('another processor has laid a plan or moved the position');
  rememberIds(part.items, filter, context.clock.now());
  return plan;
}

/** A record that even the plan could not take goes straight to the dead letters. */
function condemnedItem(item: Item, attempt: Attempt): Item {
  if (attempt.condemned === undefined || attempt.failed !== 'plan') return item;
  const { offset, header, value } = item;
  const refusal = { kind: 'dead_letter', stage: 'plan', reason: attempt.condemned } as const;
  return { kind: 'refused', offset, header, value, refusal };
}

async function store(
  partition: number,
  plan: Plan,
  table: TableRows,
  takeOver: boolean,
  context: ProcessorContext,
): Promise<void> {
  const { how } = await context.clickhouse.storeBlock({
    ...table,
    topic: context.topic,
    partition,
    first: plan.first,
    last: plan.last,
    receivedFrom: plan.from,
    receivedTo: plan.to,
    takeOver,
  });
  context.metrics.blocks.inc({ table: table.table, how });
}
