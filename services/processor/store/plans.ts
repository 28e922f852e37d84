import { type Queryable, sql } from '@culprit/postgres';
import { PLAN_FORMAT, type Plan, parsePlan, planColumnOf } from '../batch/plan.ts';

/** The unfinished plan of a partition. */
export async function readPlan(
  database: Queryable,
  topic: string,
  partition: number,
): Promise<Plan | undefined> {
  const row = await database.maybeOne<{
    first: string;
    last: string;
    format_version: number;
    plan: unknown;
  }>(sql`
    select first, last, format_version, plan from batch_plans where topic = ${topic} and partition = ${partition}`);
  return row === undefined
    ? undefined
    : parsePlan({ ...row, first: Number(row.first), last: Number(row.last) });
}

/** Lays down a plan. False: there is one already, which must be adopted. */
export async function insertPlan(
  database: Queryable,
  topic: string,
  partition: number,
  plan: Plan,
): Promise<boolean> {
  const rows = await database.execute(sql`
    insert into batch_plans (topic, partition, first, last, format_version, plan)
    values (${topic}, ${partition}, ${plan.first}, ${plan.last}, ${PLAN_FORMAT}, ${planColumnOf(plan)}::jsonb)
    on conflict do nothing`);
  return rows === 1;
}

/** Puts `plan` in the place of the one that begins at `first`. False: it is gone. */
export async function replacePlan(
  database: Queryable,
  topic: string,
  partition: number,
  first: number,
  plan: Plan,
): Promise<boolean> {
  const rows = await database.execute(sql`
    update batch_plans
    set first = ${plan.first}, last = ${plan.last}, format_version = ${PLAN_FORMAT}, plan = ${planColumnOf(plan)}::jsonb
    where topic = ${topic} and partition = ${partition} and first = ${first}`);
  return rows === 1;
}

export async function deletePlan(
  database: Queryable,
  topic: string,
  partition: number,
  first: number,
): Promise<void> {
  await database.execute(
    sql`delete from batch_plans where topic = ${topic} and partition = ${partition} and first = ${first}`,
  );
}

/** Deletes the plan of a partition that begins below `offset`. */
export async function deletePlansBelow(
  database: Queryable,
  topic: string,
  partition: number,
  offset: number,
): Promise<void> {
  await database.execute(
    sql`delete from batch_plans where topic = ${topic} and partition = ${partition} and first < ${offset}`,
  );
}

/** Unfinished plans of a log. */
export async function countPlans(database: Queryable, topic: string): Promise<number> {
  const { plans } = await database.one<{ plans: number }>(
    sql`select count(*)::int as plans from batch_plans where topic = ${topic}`,
  );
  return plans;
}
