import type { PartitionLeases } from '@culprit/event-log';
import type { Database, Transaction } from './database.ts';
import { sql } from './sql.ts';

/**
 * Who consumes which partition. Only the caller's clock decides what has expired. A lease shares the work and protects nothing: the
 * position check of the commit makes an owner that has lost its lease harmless.
 */
export class PostgresLeases implements PartitionLeases {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @inheritdoc Fair share: partitions / live consumers, rounded up. */
  async claim(
    topic: string,
    partitions: number,
    ownerId: string,
    now: number,
    leaseMs: number,
  ): Promise<readonly number[]> {
    return this.#database.transaction(async (tx) => {
      await lockTopic(tx, topic);
      const live = await reportAlive(tx, topic, ownerId, now, leaseMs);
      const share = Math.ceil(partitions / live);
      const held = await tx.many<{ partition: number; owner: string; expires_at: Date }>(
        sql`select partition, owner, expires_at from partition_leases where topic = ${topic} and partition < ${partitions}`,
      );
      const own = held.filter((lease) => lease.owner === ownerId).map((lease) => lease.partition);
      const taken = new Set(
        held
          .filter((lease) => lease.owner !== ownerId && lease.expires_at.getTime() > now)
          .map((lease) => lease.partition),
      );
      const free = Array.from({ length: partitions }, (_, partition) => partition).filter(
        (partition) => !taken.has(partition) && !own.includes(partition),
      );
      const claimed = [...own.sort(ascending), ...free].slice(0, share).sort(ascending);
      await storeLeases(tx, topic, ownerId, claimed, new Date(now + leaseMs));
      return claimed;
    });
  }

  async release(topic: string, ownerId: string): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await lockTopic(tx, topic);
      await tx.execute(sql`delete from partition_leases where topic = ${topic} and owner = ${ownerId}`);
      await tx.execute(sql`delete from partition_consumers where topic = ${topic} and owner = ${ownerId}`);
    });
  }
}

/** Claims of one topic run one after another: they are short, few, and nobody reasons about interleavings. */
async function lockTopic(tx: Transaction, topic: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('partition_leases'), hashtext(${topic}))`);
}

/** Notes that this owner lives, forgets the dead, and counts the living (at least 1: this one). */
async function reportAlive(
  tx: Transaction,
  topic: string,
  ownerId: string,
  now: number,
  leaseMs: number,
): Promise<number> {
  await tx.execute(
    sql`delete from partition_consumers where topic = ${topic} and expires_at <= ${new Date(now)}`,
  );
  await tx.execute(sql`
    insert into partition_consumers (topic, owner, expires_at) values (${topic}, ${ownerId}, ${new Date(now + leaseMs)})
    on conflict (topic, owner) do update set expires_at = excluded.expires_at`);
  const { live } = await tx.one<{ live: number }>(
    sql`select count(*)::int as live from partition_consumers where topic = ${topic}`,
  );
  return live;
}

async function storeLeases(
  tx: Transaction,
  topic: string,
  ownerId: string,
  claimed: readonly number[],
  expiresAt: Date,
): Promise<void> {
  await tx.execute(sql`
    delete from partition_leases
    where topic = ${topic} and owner = ${ownerId} and not (partition = any(${claimed}::int[]))`);
  await tx.execute(sql`
    insert into partition_leases (topic, partition, owner, expires_at)
    select ${topic}, partition, ${ownerId}, ${expiresAt} from unnest(${claimed}::int[]) as partition
    on conflict (topic, partition) do update set owner = excluded.owner, expires_at = excluded.expires_at`);
}

function ascending(a: number, b: number): number {
  return a - b;
}
