import type { Queryable, Transaction } from '@culprit/postgres';
import { faultPoint } from '@culprit/runtime';
import type { ProcessorContext } from '../context.ts';
import { createIssues, findIssues, hashKeyOf, type NewIssue } from '../store/issues.ts';
import { insertPlan } from '../store/plans.ts';
import { holdPosition } from '../store/positions.ts';
import {
  type DeployQuestion,
  ensureEnvironments,
  ensureReleases,
  findLiveDeploys,
} from '../store/releases.ts';
import type { EventItem, Item } from './items.ts';
import { type Decision, makePlan, type Plan } from './plan.ts';
import { TABLES } from './rows.ts';

/**
 * Decides what becomes of each item and lays it down as the partition's plan, in one short transaction that also makes new releases,
 * environments and issues (counters at 0). Undefined: the position has moved, or a plan is there already and must be adopted.
 */
export async function decide(
  partition: number,
  position: number,
  part: { readonly items: readonly Item[]; readonly isStored: boolean },
  duplicates: ReadonlySet<number>,
  context: ProcessorContext,
): Promise<Plan | undefined> {
  const { items, isStored } = part;
  const events = items.filter(
    (item): item is EventItem => item.kind === 'event' && !duplicates.has(item.offset),
  );
  return context.database.transaction(async (tx) => {
    // Held until the plan is there: a plan for what is committed already would be counted again.
    if (!(await holdPosition(tx, context.topic, partition, position))) return undefined;
    const deploys = await enrich(tx, events, context);
    const decisions = items.map((item) => decisionOf(item, duplicates, deploys));
    const plan = {
      ...makePlan(decisions, receivedOf(items, context)),
      storedTables: isStored ? [...TABLES] : [],
    };
    const isLaid = await insertPlan(tx, context.topic, partition, plan);
    await faultPoint('planning');
    return isLaid ? plan : undefined;
  });
}

function receivedOf(items: readonly Item[], context: ProcessorContext): readonly number[] {
  const received = items.flatMap((item) =>
    item.kind === 'refused' ? (item.header?.received ?? []) : item.header.received,
  );
  return received.length > 0 ? received : [context.clock.now()];
}

/** Makes what the events name and does not exist; gives the live deploy by offset. */
async function enrich(
  tx: Transaction,
  events: readonly EventItem[],
  context: ProcessorContext,
): Promise<ReadonlyMap<number, string>> {
  const now = new Date(context.clock.now());
  const organizations = await organizationsOf(events, context);
  await ensureReleases(tx, releaseKeysOf(events, organizations), now);
  await ensureEnvironments(tx, environmentKeysOf(events));
  await createIssues(tx, await newIssuesOf(tx, events));
  return liveDeploysOf(tx, events);
}

/** Organization of each project among the events; a project that is gone has none. */
export async function organizationsOf(
  events: readonly EventItem[],
  context: ProcessorContext,
): Promise<ReadonlyMap<number, string>> {
  const ids = new Set(events.map((item) => item.header.project_id));
  const directory = await context.projects.load(ids);
  const known: [number, string][] = [];
  for (const id of ids) {
    const project = directory.project(id);
    if (project !== undefined) known.push([id, project.organizationId]);
  }
  return new Map(known);
}

export function releaseKeysOf(
  events: readonly EventItem[],
  organizations: ReadonlyMap<number, string>,
): readonly { organizationId: string; version: string }[] {
  const keys = new Map<string, { organizationId: string; version: string }>();
  for (const item of events) {
    const organizationId = organizations.get(item.header.project_id);
    const version = item.event.event.release;
    if (organizationId !== undefined && version)
      keys.set(`${organizationId}\n${version}`, { organizationId, version });
  }
  return [...keys.values()];
}

function environmentKeysOf(events: readonly EventItem[]): readonly { projectId: number; name: string }[] {
  const keys = new Map<string, { projectId: number; name: string }>();
  for (const item of events) {
    const name = item.event.event.environment;
    const projectId = item.header.project_id;
    if (name) keys.set(`${projectId}\n${name}`, { projectId, name });
  }
  return [...keys.values()];
}

/** One candidate per hash that has no issue: its first event of the batch. */
async function newIssuesOf(tx: Transaction, events: readonly EventItem[]): Promise<readonly NewIssue[]> {
  const candidates = new Map<string, NewIssue>();
  for (const { event: identified, header } of events) {
    const { event, grouping } = identified;
    const key = { projectId: header.project_id, hash: grouping.hash };
    if (candidates.has(hashKeyOf(key))) continue;
    candidates.set(hashKeyOf(key), {
      ...key,
      strategy: grouping.strategy,
      title: grouping.title,
      culprit: grouping.culprit,
      metadata: grouping.metadata,
      type: event.type,
      level: event.level,
      platform: event.platform,
      logger: event.logger ?? null,
      seen: new Date(header.received),
      eventId: header.id,
    });
  }
  const known = await findIssues(tx, [...candidates.values()]);
  return [...candidates.values()].filter((candidate) => !known.has(hashKeyOf(candidate)));
}

/** Questions are asked once per project, environment, release and second. */
async function liveDeploysOf(
  database: Queryable,
  events: readonly EventItem[],
): Promise<ReadonlyMap<number, string>> {
  const questions = new Map<string, DeployQuestion & { readonly offsets: number[] }>();
  for (const {
    event: { event },
    header,
    offset,
  } of events) {
    if (!event.environment) continue;
    const key = [
      header.project_id,
      event.environment,
      event.release ?? '',
      Math.floor(header.received / 1000),
    ].join('\n');
    const question = questions.get(key);
    if (question !== undefined) question.offsets.push(offset);
    else {
      questions.set(key, {
        projectId: header.project_id,
        environment: event.environment,
        version: event.release ?? '',
        received: header.received,
        offsets: [offset],
      });
    }
  }
  const asked = [...questions.values()];
  const answers = await findLiveDeploys(database, asked);
  const live = new Map<number, string>();
  asked.forEach((question, i) => {
    const deploy = answers[i];
    if (deploy !== undefined) for (const offset of question.offsets) live.set(offset, deploy);
  });
  return live;
}

function decisionOf(
  item: Item,
  duplicates: ReadonlySet<number>,
  deploys: ReadonlyMap<number, string>,
): Decision {
  const o = item.offset;
  switch (item.kind) {
    case 'outcomes':
      return { d: 'outcomes', o };
    case 'attachment':
      return { d: 'attachment', o };
    case 'refused':
      return item.refusal.kind === 'drop'
        ? { d: 'drop', o, outcome: item.refusal.outcome, reason: item.refusal.reason }
        : { d: 'dead_letter', o, stage: item.refusal.stage, reason: item.refusal.reason };
    case 'event': {
      if (duplicates.has(o)) return { d: 'drop', o, outcome: 'invalid', reason: 'duplicate' };
      const { hash, strategy } = item.event.grouping;
      const deploy = deploys.get(o);
      return { d: 'event', o, hash, strategy, ...(deploy === undefined ? {} : { deploy }) };
    }
  }
}
