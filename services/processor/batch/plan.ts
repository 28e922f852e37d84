import { type GroupingHash, parseGroupingHash } from '@culprit/protocol';
import { z } from 'zod';

/** Format of plans in Postgres. A reader takes this one and older ones, and keeps what it does not know. */
export const PLAN_FORMAT = 1;

/** Reason of a record that was there before. */
export const DUPLICATE = 'duplicate';

/** What was decided about one record; short keys since a plan holds hundreds. `o` is the offset. */
const decisionSchema = z.discriminatedUnion('d', [
  z.looseObject({
    d: z.literal('event'),
    o: z.number(),
    hash: z.string().transform((text, context): GroupingHash => {
      const hash = parseGroupingHash(text);
      if (hash !== undefined) return hash;
      context.addIssue('no grouping hash');
      return z.NEVER;
    }),
    strategy: z.string(),
    /** Id of the deploy that was live. */
    deploy: z.string().optional(),
  }),
  z.looseObject({ d: z.literal('outcomes'), o: z.number() }),
  z.looseObject({ d: z.literal('attachment'), o: z.number() }),
  /** A session, user report or check-in is stored. */
  z.looseObject({ d: z.literal('item'), o: z.number() }),
  z.looseObject({
    d: z.literal('drop'),
    o: z.number(),
    outcome: z.enum(['filtered', 'invalid', 'rate_limited']),
    reason: z.string(),
    /** What is dropped is a session, user report or check-in. */
    isItem: z.boolean().optional(),
  }),
  z.looseObject({ d: z.literal('dead_letter'), o: z.number(), stage: z.string(), reason: z.string() }),
]);

export type Decision = z.infer<typeof decisionSchema>;
export type EventDecision = Extract<Decision, { d: 'event' }>;

/**
 * How a decision about a session, user report or check-in is written down. Releases that do not know these kinds make dead letters of them, and that is what
 * they read here when they adopt the plan; `now` is what it is from this release on.
 */
const laterKind = z.looseObject({ d: z.literal('dead_letter'), now: decisionSchema });
const writtenDecision = z
  .union([laterKind, decisionSchema])
  .transform((written): Decision => (isLaterKind(written) ? written.now : written));

function isLaterKind(written: z.infer<typeof laterKind> | Decision): written is z.infer<typeof laterKind> {
  return 'now' in written && typeof written.now === 'object';
}

function writtenOf(decision: Decision): object {
  if (decision.d !== 'item' && !(decision.d === 'drop' && decision.isItem === true)) return decision;
  return {
    d: 'dead_letter',
    o: decision.o,
    stage: 'frame',
    reason: 'record kind is not known',
    now: decision,
  };
}

const planSchema = z.looseObject({
  /** Bounds of `received` of the rows, unix milliseconds: `from` inclusive, `to` exclusive. */
  from: z.number(),
  to: z.number(),
  /** Tables whose block is in ClickHouse for all of this plan: noted when the plan is what is left of a larger one. */
  storedTables: z.array(z.string()),
  decisions: z.array(writtenDecision).min(1),
});

export interface Plan extends z.infer<typeof planSchema> {
  /** Offsets of the first and the last record. */
  readonly first: number;
  readonly last: number;
}

/** Reads a plan from its row. @throws ZodError when the format is not known. */
export function parsePlan(row: { first: number; last: number; format_version: number; plan: unknown }): Plan {
  if (row.format_version > PLAN_FORMAT) {
    throw new Error(
      `plan format ${row.format_version} is newer than this code (${PLAN_FORMAT}); run the newer release until it is committed`,
    );
  }
  return { ...planSchema.parse(row.plan), first: row.first, last: row.last };
}

/** What goes in the `plan` column. */
export function planColumnOf(plan: Plan): string {
  const { first: _first, last: _last, ...column } = plan;
  return JSON.stringify({ ...column, decisions: column.decisions.map(writtenOf) });
}

/** A plan over consecutive decisions; bounds come from the records' `received`. */
export function makePlan(decisions: readonly Decision[], received: readonly number[]): Plan {
  const first = decisions[0];
  const last = decisions.at(-1);
  if (first === undefined || last === undefined) throw new Error('a plan needs a decision');
  return {
    first: first.o,
    last: last.o,
    from: received.reduce((a, b) => Math.min(a, b), Number.MAX_SAFE_INTEGER),
    to: received.reduce((a, b) => Math.max(a, b), 0) + 1,
    storedTables: [],
    decisions: [...decisions],
  };
}

/** The first `count` decisions and, where there are more, the rest. */
export function splitPlan(
  plan: Plan,
  count: number,
): { readonly head: Plan; readonly rest: Plan | undefined } {
  const headDecisions = plan.decisions.slice(0, count);
  const restDecisions = plan.decisions.slice(count);
  const lastOfHead = headDecisions.at(-1);
  const firstOfRest = restDecisions[0];
  if (lastOfHead === undefined || firstOfRest === undefined) return { head: plan, rest: undefined };
  return {
    head: { ...plan, last: lastOfHead.o, decisions: headDecisions },
    rest: { ...plan, first: firstOfRest.o, decisions: restDecisions },
  };
}

/** The same plan with its first decision turned into a dead letter. */
export function condemn(plan: Plan, stage: string, reason: string): Plan {
  const [first, ...rest] = plan.decisions;
  return first === undefined
    ? plan
    : { ...plan, decisions: [{ d: 'dead_letter', o: first.o, stage, reason }, ...rest] };
}
