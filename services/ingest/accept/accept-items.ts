import { type Envelope, type EventId, type RateLimit, type Refusal, refuse } from '@culprit/protocol';
import type { Body } from '../body/read-body.ts';
import type { IngestContext } from '../context.ts';
import { type Limited, limitedItemsOf } from '../limits/limit-items.ts';
import type { Answer, Exceeded } from './answer.ts';
import { appendItems } from './append-items.ts';
import { countDrops, refuseItems, refuseLargeCrash } from './count-drops.ts';
import { eventIdOfPayload } from './event-id.ts';
import { withEventOfCrash } from './event-of-crash.ts';
import { newRecordId, type Sender } from './outcome-ledger.ts';
import type { Sent } from './sent.ts';
import { limitsAfter, type SortedItems, sortItems } from './sort-items.ts';

/** What a request brings. */
export interface Received {
  /** Of the envelope header, or as its route knows it. */
  readonly eventId?: EventId | undefined;
  readonly sorted: SortedItems;
  /** What the event is a view of; absent when it was decoded once more. */
  readonly body?: Body | undefined;
  readonly sentAt?: string | undefined;
}

/** Stores what an envelope brings and counts what it does not. */
export async function acceptEnvelope(
  { header, items }: Envelope,
  body: Body | undefined,
  sent: Sent,
  context: IngestContext,
): Promise<Answer> {
  const { key } = sent.admitted;
  const sorting = sortItems(items, {
    limits: context.limits,
    received: context.clock.now(),
    sentAt: header.sent_at,
    keepsCrashReports: key.settings.attachments.maxCrashReports !== 0,
  });
  if (!sorting.ok) return refuseItems(sorting, items, key, context);
  if (items.length === 0) context.outcomes.add(key, 'invalid', 'empty_envelope', 'default', 1);
  const sorted = withEventOfCrash(sorting.sorted);
  const refusal = refuseLargeCrash(sorted, items, key, context);
  if (refusal !== undefined) return refusal;
  return acceptItems({ eventId: header.event_id, sorted, body, sentAt: header.sent_at }, sent, context);
}

/** Stores what a request brings, whatever its route, and counts what is dropped of it. */
export async function acceptItems(received: Received, sent: Sent, context: IngestContext): Promise<Answer> {
  // Before anything is counted: what is refused costs no quota.
  if (context.admission.isDiskFull) return refuse(503, 'disk is nearly full', 'disk');
  const { eventId: envelopeEventId, sorted: brought, body, sentAt } = received;
  const { key } = sent.admitted;
  const eventId = envelopeEventId ?? idFor(brought);
  const limited = context.limiter.limit(brought, sent, sentAt);
  const { sorted, exceeded, keptWeight } = limited;
  const accepted = { eventId, envelopeEventId, sorted, body, sentAt, keptWeight };
  const failed = await appendItems(accepted, sent, context);
  if (failed !== undefined) return notStored(failed, limited, key, context);
  countDrops(sorted.drops, key, context);
  const limits = limitsAfter(sorted.drops);
  if (exceeded.length > 0) return overQuota(exceeded, limits ?? []);
  return {
    ok: true,
    ...(eventId === undefined ? {} : { id: eventId }),
    ...(limits === undefined ? {} : { limits }),
  };
}

/** Nothing of the request was stored. Where the log will never take it, every item has ended; else it is as if nothing had come. */
function notStored(failed: Refusal, limited: Limited, sender: Sender, context: IngestContext): Refusal {
  context.limiter.takeBack(limited);
  if (failed.status < 500) {
    const { reason } = failed;
    countDrops(limited.sorted.drops, sender, context);
    for (const { category, quantity } of limitedItemsOf(limited.sorted).flatMap(({ counts }) => counts)) {
      context.outcomes.add(sender, 'invalid', reason, category, quantity);
    }
  }
  return failed;
}

function overQuota(exceeded: readonly RateLimit[], limits: readonly RateLimit[]): Exceeded {
  const refusal = refuse(
    429,
    'rate limited: a quota is used up; what it does not count was taken',
    'rate_limited',
  );
  return { ...refusal, status: 429, exceeded, limits };
}

/** The event's own id, or a new one where something is stored that belongs to an event. */
function idFor({ event, attachments, others }: SortedItems): EventId | undefined {
  if (event !== undefined) return eventIdOfPayload(event.payload);
  const belongs = attachments.length > 0 || others.some(({ kind }) => kind === 'user_report');
  return belongs ? newRecordId() : undefined;
}
