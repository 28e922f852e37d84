import { type Queryable, sql } from '@culprit/postgres';
import type { Ask, Grant } from '@culprit/quotas';
import type { LeaseSource } from './lease-book.ts';

interface GrantRow {
  readonly bucket: string;
  readonly starts_at: Date;
  readonly leased: string;
  readonly granted: string;
}

/** Leases in the table `quota_windows`, all in one statement. */
export function postgresLeases(database: Queryable): LeaseSource {
  return {
    lease: async (asks) => {
      if (asks.length === 0) {
        await database.execute(sql`select 1`);
        return [];
      }
      const rows = await leaseWindows(database, asks);
      const grants = new Map<string, Grant>(
        rows.map((row) => [
          placeOf(row.bucket, row.starts_at.getTime()),
          { amount: Number(row.granted), leased: Number(row.leased) },
        ]),
      );
      return asks.map(
        ({ id, window, limit }) => grants.get(placeOf(id, window.start)) ?? { amount: 0, leased: limit },
      );
    },
    forgetBefore: async (time) => {
      await database.execute(sql`delete from quota_windows where ends_at < ${new Date(time)}`);
    },
  };
}

/**
 * Grants what is left of each window, up to what is asked for; what is given back is taken off. Rows are locked in the order of their
 * key, so that processes do not wait for each other in a circle, and each sees what the one before has left.
 */
function leaseWindows(database: Queryable, asks: readonly Ask[]): Promise<readonly GrantRow[]> {
  return database.many<GrantRow>(sql`
    insert into quota_windows as known (bucket, starts_at, ends_at, at_most, leased, granted)
    select bucket, starts_at, ends_at, at_most, greatest(0, least(amount, at_most)), least(amount, at_most)
    from unnest(
      ${asks.map(({ id }) => id)}::text[],
      ${asks.map(({ window }) => new Date(window.start))}::timestamptz[],
      ${asks.map(({ window }) => new Date(window.end))}::timestamptz[],
      ${asks.map(({ limit }) => limit)}::bigint[],
      ${asks.map(({ amount }) => amount)}::bigint[]
    ) as ask (bucket, starts_at, ends_at, at_most, amount)
    order by bucket, starts_at
    on conflict (bucket, starts_at) do update set
      at_most = excluded.at_most,
      leased = known.leased + greatest(-known.leased, least(excluded.granted, greatest(0, excluded.at_most - known.leased))),
      granted = greatest(-known.leased, least(excluded.granted, greatest(0, excluded.at_most - known.leased)))
    returning bucket, starts_at, leased, granted`);
}

function placeOf(bucket: string, start: number): string {
  return `${start} ${bucket}`;
}
