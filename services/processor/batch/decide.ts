import type { Queryable, Transaction } from '@culprit/postgres';
import { type GroupingHash, isItemHeader } from '@culprit/protocol';
import { faultPoint } from '@culprit/runtime';
import type { ProcessorContext } from '../context.ts';
import { findDiscarded } from '../store/discards.ts';
import { createIssues, findIssues, hashKeyOf, type NewIssue } from '../store/issues.ts';
import { insertPlan } from '../store/plans.ts';
import { holdPosition } from '../store/positions.ts';
import {
  type DeployQuestion,
  ensureEnvironments,
  ensureReleases,
  findLiveDeploys,
  linkReleases,
  releaseKeyOf,
} from '../store/releases.ts';
import { type EventItem, type Item, isOfIssue, type RefusedItem, type SessionsItem } from './items.ts';
import { type Decision, DUPLICATE, makePlan, type Plan } from './plan.ts';
import { TABLES } from './table-rows.ts';

/**
 * Decides what becomes of each item and lays it down as the partition's plan, in one short transaction that also makes new releases,
 * environments and issues (counters at 0). Undefined: the position has moved, or a plan is there already and must be adopted.
 */
export async function decide(
  partition: number,
  position: number,
  part: { readonly items: readonly Item[]; readonly isStored: boolean },
  judged: { readonly duplicates: ReadonlySet<number>; readonly refusedReports: ReadonlyMap<number, string> },
  context: ProcessorContext,
): Promise<Plan | undefined> {
  const { items, isStored } = part;
  const fresh = items.filter((item) => !judged.duplicates.has(item.offset));
  const events = fresh.filter(
    (item): item is EventItem => item.kind === 'event' && item.event.filtered === undefined,
  );
  const sessions = fresh.filter(
    (item): item is SessionsItem => item.kind === 'session' && item.read.filtered === undefined,
  );
  return context.database.transaction(async (tx) => {
    // Held until the plan is there: a plan for what is committed already would be counted again.
    if (!(await holdPosition(tx, context.topic, partition, position))) return undefined;
    const newIssues = await newIssuesOf(tx, events);
    // What has its row already counts: somebody may have discarded its issue since.
    const discarded = isStored ? NONE : await findDiscarded(tx, newIssues);
    const deploys = await enrich(tx, { events, newIssues, discarded }, context);
    await noteSessionReleases(tx, sessions, context);
    const decisions = items.map((item) => decisionOf(item, { ...judged, deploys, discarded }));
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

/** Reason of the outcome, as other servers of the protocol name it. */
const DISCARDED = 'discarded-hash';
const NONE: ReadonlySet<string> = new Set();

/** Makes what the events name and does not exist; gives the live deploy by offset. Discarded ones leave nothing behind. */
async function enrich(
  tx: Transaction,
  batch: {
    readonly events: readonly EventItem[];
    readonly newIssues: readonly NewIssue[];
    readonly discarded: ReadonlySet<string>;
  },
  context: ProcessorContext,
): Promise<ReadonlyMap<number, string>> {
  const { newIssues, discarded } = batch;
  const events =
    discarded.size === 0 ? batch.events : batch.events.filter((item) => !discarded.has(keyOfItem(item)));
  const now = new Date(context.clock.now());
  const organizations = await organizationsOf(events, context);
  await ensureReleases(tx, releaseKeysOf(events, organizations), now);
  await ensureEnvironments(tx, environmentKeysOf(events));
  await createIssues(
    tx,
    newIssues.filter((issue) => !discarded.has(hashKeyOf(issue))),
  );
  return liveDeploysOf(tx, events);
}

/** Releases and environments that only sessions name: they are listed with their health. */
async function noteSessionReleases(
  tx: Transaction,
  sessions: readonly SessionsItem[],
  context: ProcessorContext,
): Promise<void> {
  if (sessions.length === 0) return;
  const organizations = await organizationsOf(sessions, context);
  const named = new Map<string, { projectId: number; organizationId: string; version: string }>();
  const environments = new Map<string, { projectId: number; name: string }>();
  for (const { header, read } of sessions) {
    const projectId = header.project_id;
    const organizationId = organizations.get(projectId);
    if (organizationId === undefined) continue;
    named.set(`${projectId}\n${read.release}`, { projectId, organizationId, version: read.release });
    if (read.environment !== '') {
      environments.set(`${projectId}\n${read.environment}`, { projectId, name: read.environment });
    }
  }
  const keys = new Map([...named.values()].map((key) => [releaseKeyOf(key), key]));
  const now = new Date(context.clock.now());
  const releases = await ensureReleases(tx, [...keys.values()], now);
  const idOf = new Map(releases.map((row) => [releaseKeyOf(row), row.id]));
  await linkReleases(
    tx,
    [...named.values()].flatMap((key) => {
      const releaseId = idOf.get(releaseKeyOf(key));
      return releaseId === undefined ? [] : [{ releaseId, projectId: key.projectId }];
    }),
  );
  await ensureEnvironments(tx, [...environments.values()]);
}

/** Organization of each project among the items; a project that is gone has none. */
export async function organizationsOf(
  events: readonly (EventItem | SessionsItem)[],
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
  for (const item of events) {
    if (!isOfIssue(item.event.grouping)) continue;
    const key = keyOfItem(item);
    if (!candidates.has(key)) candidates.set(key, candidateOf(item, item.event.grouping.hash));
  }
  if (candidates.size === 0) return [];
  const known = await findIssues(tx, [...candidates.values()]);
  return [...candidates.values()].filter((candidate) => !known.has(hashKeyOf(candidate)));
}

function keyOfItem({ header, event }: EventItem): string {
  return hashKeyOf({ projectId: header.project_id, hash: event.grouping.hash });
}

/** The issue that an event would make under a hash. */
export function candidateOf({ event: { event, grouping }, header }: EventItem, hash: GroupingHash): NewIssue {
  return {
    projectId: header.project_id,
    hash,
    strategy: grouping.strategy,
    title: grouping.title,
    culprit: grouping.culprit,
    metadata: grouping.metadata,
    type: event.type,
    level: event.level,
    platform: event.platform,
    logger: event.logger || null,
    seen: new Date(header.received),
    eventId: header.id,
  };
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
      event.release,
      Math.floor(header.received / 1000),
    ].join('\n');
    const question = questions.get(key);
    if (question !== undefined) question.offsets.push(offset);
    else {
      questions.set(key, {
        projectId: header.project_id,
        environment: event.environment,
        version: event.release,
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

/** What is known about the items of a batch, by offset or by hash key. */
interface Known {
  readonly duplicates: ReadonlySet<number>;
  readonly deploys: ReadonlyMap<number, string>;
  readonly discarded: ReadonlySet<string>;
  /** Why a user report is refused. */
  readonly refusedReports: ReadonlyMap<number, string>;
}

function decisionOf(item: Item, known: Known): Decision {
  const o = item.offset;
  const { duplicates, deploys, discarded, refusedReports } = known;
  const drop = (outcome: DropOutcome, reason: string): Decision => dropOf(item, outcome, reason);
  if (duplicates.has(o)) return drop('invalid', DUPLICATE);
  switch (item.kind) {
    case 'outcomes':
      return { d: 'outcomes', o };
    case 'attachment':
      return { d: 'attachment', o };
    case 'refused':
      return decisionOfRefusal(item);
    case 'event': {
      const { filtered } = item.event;
      if (filtered !== undefined) return drop('filtered', filtered);
      if (discarded.has(keyOfItem(item))) return drop('filtered', DISCARDED);
      const { hash, strategy } = item.event.grouping;
      const deploy = deploys.get(o);
      return { d: 'event', o, hash, strategy, ...(deploy === undefined ? {} : { deploy }) };
    }
    case 'user_report': {
      const reason = refusedReports.get(o);
      return reason === undefined ? { d: 'item', o } : drop('invalid', reason);
    }
    case 'session':
      return item.read.filtered === undefined ? { d: 'item', o } : drop('filtered', item.read.filtered);
    case 'check_in':
      return { d: 'item', o };
  }
}

/** What becomes of an item that a stage, or reading it, has refused. */
export function decisionOfRefusal(item: RefusedItem): Decision {
  const { offset, refusal } = item;
  return refusal.kind === 'drop'
    ? dropOf(item, refusal.outcome, refusal.reason)
    : { d: 'dead_letter', o: offset, stage: refusal.stage, reason: refusal.reason };
}

type DropOutcome = Extract<Decision, { d: 'drop' }>['outcome'];

function dropOf(item: Item, outcome: DropOutcome, reason: string): Decision {
  const isItem = item.header !== undefined && isItemHeader(item.header);
  return { d: 'drop', o: item.offset, outcome, reason, ...(isItem ? { isItem } : {}) };
}
