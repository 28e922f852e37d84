import { randomBytes } from 'node:crypto';
import { sql } from '@culprit/postgres';
import { createRegistry, silentLogger } from '@culprit/runtime';
import { eventually, manualClock, NOON, testClickHouse, testDatabase } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AlertsContext } from '../context.ts';
import { JobsEnded, startJobs } from '../jobs.ts';
import { createAlertsMetrics } from '../metrics.ts';
import { type OutboxWatch, watchOutbox } from '../watch-outbox.ts';

let postgres: Awaited<ReturnType<typeof testDatabase>>;
let clickhouse: Awaited<ReturnType<typeof testClickHouse>>;
let watch: OutboxWatch;
let context: AlertsContext;
const clock = manualClock(NOON);
const stopping = new AbortController();

beforeEach(async () => {
  [postgres, clickhouse] = await Promise.all([testDatabase(), testClickHouse()]);
  clock.set(NOON);
  context = {
    database: postgres.database,
    clickhouse: clickhouse.clickhouse,
    clock,
    logger: silentLogger(),
    metrics: createAlertsMetrics(createRegistry()),
    publicUrl: 'https://culprit.example',
    windowMs: 20_000,
  };
  watch = watchOutbox(context, stopping.signal);
});
afterEach(async () => {
  await watch.stop();
  await Promise.all([postgres.drop(), clickhouse.drop()]);
});

async function factFrom(createdAt: number): Promise<void> {
  const { database } = postgres;
  const { id: organization } = await database.one<{ id: string }>(sql`
    insert into organizations (slug, name, hash_secret) values ('harbor', 'Harbor', ${randomBytes(32)}) returning id`);
  const { id: project } = await database.one<{ id: number }>(sql`
    insert into projects (organization_id, slug, name) values (${organization}, 'web', 'web') returning id`);
  const { id: issue } = await database.one<{ id: string }>(sql`
    insert into issues (project_id, short_id, title, level, platform, first_seen, last_seen, exemplar_event_id, times_seen)
    values (${project}, 1, 'Error', 'error', 'node', ${new Date(NOON)}, ${new Date(NOON)}, gen_random_uuid(), 3) returning id`);
  await database.execute(sql`
    insert into outbox (kind, organization_id, project_id, issue_id, created_at)
    values ('issue.new', ${organization}, ${project}, ${issue}, ${new Date(createdAt)})`);
}

test('a fact that nobody can take for five minutes makes the service not ready, until it is told', async () => {
  await watch.look();
  expect(watch.health()).toMatchObject({ ready: true });
  await factFrom(NOON);
  // Another process holds the fact and does nothing with it.
  await postgres.database.transaction(async (tx) => {
    await tx.many(sql`select id from outbox for update`);
    clock.set(NOON + 299_000);
    await watch.look();
    expect(watch.health()).toMatchObject({ ready: true, facts: { oldestSeconds: 299 } });
    clock.set(NOON + 301_000);
    await watch.look();
    expect(watch.health()).toMatchObject({
      ready: false,
      detail: 'the oldest fact in the outbox waits for 301 s',
    });
  });
  await watch.look();
  expect(watch.health()).toMatchObject({ ready: true, facts: { oldestSeconds: 0 } });
});

test('a look that hangs for five minutes makes the service not ready', async () => {
  await watch.look();
  let hanging: Promise<void> | undefined;
  await postgres.database.transaction(async (tx) => {
    await tx.execute(sql`lock table outbox in access exclusive mode`);
    hanging = watch.look();
    await eventually('the look waits for the lock', async () => {
      const rows = await tx.many(sql`select from pg_locks where not granted`);
      return rows.length > 0;
    });
    clock.advance(301_000);
    expect(watch.health()).toMatchObject({
      ready: false,
      detail: 'a look at the outbox takes 301 s already',
    });
  });
  await hanging;
  expect(watch.health()).toMatchObject({ ready: true });
});

test('a job worker that ends by itself says so', async () => {
  const options = { allowPrivate: true, mailer: undefined };
  const jobs = await startJobs(postgres.url, options, context);
  expect(jobs.health()).toMatchObject({ ready: true });
  // A newer release of the library has changed its schema: this one may not go on.
  const breaking = JSON.stringify({ breaking: true, migrationNumber: 1_000 });
  const ending = eventually(
    'the worker ends',
    async () => {
      // It may not listen yet.
      await postgres.database.many(sql`select pg_notify('worker:migrate', ${breaking})`);
      return jobs.health().ready ? undefined : jobs.health().detail;
    },
    { timeoutMs: 60_000 },
  );
  expect(await ending).toBe('the job worker has ended');
  expect(await jobs.ended).toBeInstanceOf(JobsEnded);
  // The library would have the process end with this code.
  process.exitCode = 0;
  await jobs.stop();
});

test('a job worker that gets no answer for five minutes makes the service not ready', async () => {
  const jobs = await startJobs(postgres.url, { allowPrivate: true, mailer: undefined }, context);
  clock.advance(301_000);
  expect(jobs.health()).toMatchObject({ ready: false });
  await eventually('an answer', () => jobs.health().ready, { timeoutMs: 60_000 });
  await postgres.database.execute(sql`alter schema graphile_worker rename to elsewhere`);
  clock.advance(301_000);
  expect(jobs.health()).toMatchObject({
    ready: false,
    detail: expect.stringMatching(/^the job worker has got no answer for \d+ s$/),
  });
  await postgres.database.execute(sql`alter schema elsewhere rename to graphile_worker`);
  await eventually('an answer', () => jobs.health().ready, { timeoutMs: 60_000 });
  await jobs.stop();
});
