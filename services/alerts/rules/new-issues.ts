import type { Transaction } from '@culprit/postgres';
import type { AlertsContext } from '../context.ts';
import { groupKeyOf, type Message, messageOf } from '../message.ts';
import { peopleHit } from '../queries/people-hit.ts';
import { activeChannels, type Channel } from '../store/channels.ts';
import { insertDelivery } from '../store/deliveries.ts';
import { markTaken, type OutboxFact, takeOpenFacts } from '../store/outbox.ts';

/** Hashes in one count of people; what is beyond is hardly one message's worth of issues. */
const MOST_HASHES = 2_000;

/**
 * Makes messages of the facts in the outbox: new issues and returned ones of one deploy are told together, once, after they were collected
 * for a while. Facts, messages and jobs change in one transaction, so nothing is told twice or forgotten.
 */
export async function tellNewIssues(context: AlertsContext): Promise<number> {
  const { clock, database, selfReport, windowMs } = context;
  const now = clock.now();
  return database.transaction(async (tx) => {
    const facts = await takeOpenFacts(tx);
    const ripe = groupsOf(facts).filter(([first]) => now - (first?.created_at.getTime() ?? now) >= windowMs);
    const tellAll = () => tell(tx, ripe, new Date(now), context);
    // An error of ours that came of telling an error of ours would be another to tell.
    const isOwn = facts.some((fact) => fact.project_id === selfReport?.projectId);
    return isOwn && selfReport !== undefined ? selfReport.duringOwnWork(tellAll) : tellAll();
  });
}

async function tell(
  tx: Transaction,
  groups: readonly (readonly OutboxFact[])[],
  now: Date,
  context: AlertsContext,
): Promise<number> {
  if (groups.length === 0) return 0;
  const facts = groups.flat();
  const channels = await activeChannels(tx, [...new Set(facts.map((fact) => fact.organization_id))]);
  for (const group of groups) {
    for (const [channel, own] of channelsOf(group, channels)) {
      await insertDelivery(tx, channel, await messageFor(own, context));
      context.metrics.messages.inc({ kind: 'issues' });
    }
  }
  await markTaken(
    tx,
    facts.map((fact) => fact.id),
    now,
  );
  return groups.length;
}

function groupsOf(facts: readonly OutboxFact[]): readonly (readonly OutboxFact[])[] {
  const groups = new Map<string, OutboxFact[]>();
  for (const fact of facts) {
    const key = groupKeyOf(fact);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [fact]);
    else group.push(fact);
  }
  return [...groups.values()];
}

/** Each channel that wants to hear of a group, with the part of it that is its business. */
function channelsOf(
  group: readonly OutboxFact[],
  channels: readonly Channel[],
): readonly (readonly [Channel, readonly OutboxFact[]])[] {
  return channels.flatMap((channel) => {
    const own = group.filter(
      (fact) =>
        fact.organization_id === channel.organization_id &&
        (channel.project_id === null || channel.project_id === fact.project_id),
    );
    return own.length === 0 ? [] : [[channel, own] as const];
  });
}

async function messageFor(facts: readonly OutboxFact[], context: AlertsContext): Promise<Message> {
  const hashes = facts.flatMap((fact) => fact.hashes).slice(0, MOST_HASHES);
  const [row] = await context.clickhouse.query(peopleHit, {
    projects: [...new Set(facts.map((fact) => fact.project_id))],
    hashes: hashes.map((hash) => BigInt(`0x${hash}`)),
  });
  return messageOf(facts, row?.people ?? 0, context.publicUrl);
}
