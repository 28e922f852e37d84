import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Clock, checkHealth, type Health, type Logger, ownVersion } from '@culprit/runtime';
import type { Database } from './database.ts';
import { json, sql } from './sql.ts';

const EVERY_MS = 10_000;
/** A process that was not seen for this long is gone for good. */
const FORGET_MS = 24 * 3600 * 1000;

export interface HeartbeatOptions {
  readonly database: Database;
  readonly service: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly health: () => Health | Promise<Health>;
}

export interface Heartbeat {
  /** Writes it now. @throws PostgresError */
  beat(): Promise<void>;
  /** Takes the process out of the list. */
  stop(): Promise<void>;
}

/** Keeps a row about this process in `service_instances`, for the System page. Where PostgreSQL is away, the row grows old. */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { database, service, clock, logger } = options;
  const id = randomBytes(8).toString('hex');
  const startedAt = new Date(clock.now());
  const version = ownVersion();
  let isAway = false;

  const beat = async (): Promise<void> => {
    const { ready, detail, facts } = await checkHealth(options);
    const now = new Date(clock.now());
    await database.execute(sql`
      insert into service_instances
        (id, service, host, pid, version, started_at, seen_at, is_ready, detail, memory_bytes, facts)
      values (${id}, ${service}, ${hostname()}, ${process.pid}, ${version}, ${startedAt}, ${now}, ${ready},
        ${ready ? null : (detail ?? 'not ready')}, ${process.memoryUsage.rss()}, ${json(facts ?? {})}::jsonb)
      on conflict (id) do update set seen_at = excluded.seen_at, is_ready = excluded.is_ready, detail = excluded.detail,
        memory_bytes = excluded.memory_bytes, facts = excluded.facts`);
    await database.execute(
      sql`delete from service_instances where seen_at < ${new Date(now.getTime() - FORGET_MS)}`,
    );
  };
  let beating: Promise<void> | undefined;
  const tryToBeat = (): void => {
    beating ??= beat()
      .then(
        () => {
          isAway = false;
        },
        (err) => {
          if (!isAway) logger.warn({ err }, 'heartbeat could not be written');
          isAway = true;
        },
      )
      .finally(() => {
        beating = undefined;
      });
  };
  tryToBeat();
  const timer = setInterval(tryToBeat, EVERY_MS);
  timer.unref();

  return {
    beat,
    stop: async () => {
      clearInterval(timer);
      await beating;
      if (isAway) return;
      // What is away now lets the row grow old; it is no reason to fail a stop.
      await database.execute(sql`delete from service_instances where id = ${id}`).catch(() => {});
    },
  };
}
