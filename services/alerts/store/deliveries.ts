import { json, type Queryable, sql } from '@culprit/postgres';
import type { Message } from '../message.ts';
import type { Channel } from './channels.ts';

/** Tries of one delivery; the pauses grow as e^n seconds, the last one being about six hours. */
const MOST_ATTEMPTS = 12;

/** Lays down a message for a channel and its job, in the transaction that takes the facts; a message that is there stays as it is. */
export async function insertDelivery(tx: Queryable, channel: Channel, message: Message): Promise<void> {
  const row = await tx.maybeOne<{ id: string }>(sql`
    insert into alert_deliveries (channel_id, idempotency_key, subject, body)
    values (${channel.id}, ${message.key}, ${message.subject}, ${json(message.body)}::jsonb)
    on conflict (channel_id, idempotency_key) do nothing returning id`);
  if (row === undefined) return;
  await tx.many(sql`
    select id from graphile_worker.add_job('deliver', json_build_object('deliveryId', ${row.id}::text),
      max_attempts => ${MOST_ATTEMPTS}, job_key => ${`delivery-${row.id}`})`);
}

/**
 * Gives a job to open deliveries that have none: a restored database has the deliveries and not the queue. One that has a job, also one that was given up, keeps
 * it.
 *
 * @param since older ones are left alone: nobody wants to hear of them any more.
 */
export async function queueOpenDeliveries(database: Queryable, since: Date): Promise<void> {
  await database.many(sql`
    select graphile_worker.add_job('deliver', json_build_object('deliveryId', d.id::text), max_attempts => ${MOST_ATTEMPTS},
      job_key => 'delivery-' || d.id, job_key_mode => 'unsafe_dedupe')
    from alert_deliveries d where d.delivered_at is null and d.created_at > ${since}`);
}

export interface Delivery {
  readonly id: string;
  readonly idempotency_key: string;
  readonly subject: string;
  readonly body: Message['body'];
  readonly kind: Channel['kind'];
  readonly target: string;
  readonly secret: string | null;
}

/** A delivery that is still to be made; undefined when it was made, or its channel was switched off. */
export async function openDelivery(database: Queryable, id: string): Promise<Delivery | undefined> {
  return database.maybeOne<Delivery>(sql`
    select d.id, d.idempotency_key, d.subject, d.body, c.kind, c.target, c.secret
    from alert_deliveries d join alert_channels c on c.id = d.channel_id
    where d.id = ${id} and d.delivered_at is null and c.is_active`);
}

export async function noteDelivered(database: Queryable, id: string, now: Date): Promise<void> {
  await database.execute(sql`
    update alert_deliveries set delivered_at = ${now}, attempts = attempts + 1, last_error = null where id = ${id}`);
}

export async function noteFailed(database: Queryable, id: string, reason: string): Promise<void> {
  await database.execute(sql`
    update alert_deliveries set attempts = attempts + 1, last_error = ${reason} where id = ${id}`);
}
