import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from '@culprit/postgres';
import { createRegistry, silentLogger } from '@culprit/runtime';
import { eventually, manualClock, NOON, testClickHouse, testDatabase } from '@culprit/testkit';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMailer } from '../channels/email.ts';
import type { AlertsContext } from '../context.ts';
import type { DeliverOptions } from '../deliver.ts';
import { startJobs } from '../jobs.ts';
import type { MessageBody } from '../message.ts';
import { createAlertsMetrics } from '../metrics.ts';
import { tellNewIssues } from '../rules/new-issues.ts';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let postgres: Awaited<ReturnType<typeof testDatabase>>;
let clickhouse: Awaited<ReturnType<typeof testClickHouse>>;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let context: AlertsContext;
const clock = manualClock(NOON);
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  [postgres, clickhouse, receiver] = await Promise.all([testDatabase(), testClickHouse(), startReceiver()]);
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
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await Promise.all([postgres.drop(), clickhouse.drop(), receiver.stop()]);
});

async function startReceiver() {
  const received: Received[] = [];
  const statuses: number[] = [];
  const server: Server = createServer((request, answer) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer.statusCode = statuses.shift() ?? 200;
      answer.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    received,
    answerWith: (...next: number[]) => statuses.push(...next),
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function jobs(options: Partial<DeliverOptions> = {}): Promise<void> {
  const runner = await startJobs(
    postgres.url,
    { allowPrivate: true, mailer: undefined, ...options },
    context,
  );
  closers.push(async () => {
    // The worker does not wait for what it tells the database last of a job; without the database that is an error that nobody catches.
    await eventually('no job is under way', async () => {
      const { locked } = await postgres.database.one<{ locked: number }>(
        sql`select count(*)::int as locked from graphile_worker._private_jobs where locked_at is not null`,
      );
      return locked === 0 || undefined;
    });
    await runner.stop();
  });
}

/** One deploy that brought two issues. */
async function deployWithTwoNewIssues(): Promise<{ readonly organization: string }> {
  const { database } = postgres;
  const { id: organization } = await database.one<{ id: string }>(sql`
    insert into organizations (slug, name, hash_secret) values ('harbor', 'Harbor', ${randomBytes(32)}) returning id`);
  const { id: project } = await database.one<{ id: number }>(sql`
    insert into projects (organization_id, slug, name) values (${organization}, 'web', 'web') returning id`);
  const { id: release } = await database.one<{ id: string }>(sql`
    insert into releases (organization_id, version, date_created)
    values (${organization}, 'web@5.31.0', ${new Date(NOON)}) returning id`);
  const { id: deploy } = await database.one<{ id: string }>(sql`
    insert into deploys (organization_id, number, release_id, environment, date_finished)
    values (${organization}, 2, ${release}, 'production', ${new Date(NOON)}) returning id`);
  for (const n of [1, 2]) {
    const { id: issue } = await database.one<{ id: string }>(sql`
      insert into issues (project_id, short_id, title, level, platform, first_seen, last_seen, exemplar_event_id, times_seen)
      values (${project}, ${n}, ${`TypeError: ${n}`}, 'error', 'node', ${new Date(NOON)}, ${new Date(NOON)}, gen_random_uuid(), 3)
      returning id`);
    await database.execute(sql`
      insert into issue_hashes (project_id, hash, strategy, issue_id)
      values (${project}, ${String(n).padStart(16, '0')}, 'test', ${issue})`);
    await database.execute(sql`
      insert into outbox (kind, organization_id, project_id, issue_id, release_id, deploy_id, created_at)
      values ('issue.new', ${organization}, ${project}, ${issue}, ${release}, ${deploy}, ${new Date(NOON)})`);
  }
  return { organization };
}

async function channel(organization: string, kind: string, target: string): Promise<void> {
  await postgres.database.execute(sql`
    insert into alert_channels (organization_id, kind, target, secret)
    values (${organization}, ${kind}, ${target}, 'channel secret')`);
}

test('two new issues of a deploy go out as one signed webhook, after they were collected', async () => {
  const { organization } = await deployWithTwoNewIssues();
  await channel(organization, 'webhook', receiver.url);
  await jobs();
  clock.set(NOON + 19_000);
  expect(await tellNewIssues(context)).toBe(0);
  clock.set(NOON + 20_000);
  expect(await tellNewIssues(context)).toBe(1);
  expect(await tellNewIssues(context)).toBe(0);

  const [hook] = await eventually('a webhook', () =>
    receiver.received.length > 0 ? receiver.received : undefined,
  );
  const body = JSON.parse(hook?.body ?? '') as MessageBody;
  expect(body.text).toBe('deploy #2 to production brought 2 new issues, 0 people hit');
  expect(body.deploy).toEqual({ number: 2, environment: 'production', version: 'web@5.31.0' });
  expect(body.issues.map((issue) => [issue.shortId, issue.title, issue.url])).toEqual([
    [
      'WEB-1',
      'TypeError: 1',
      expect.stringMatching(/^https:\/\/culprit\.example\/organizations\/[a-z]+\/issues\/\d+$/),
    ],
    [
      'WEB-2',
      'TypeError: 2',
      expect.stringMatching(/^https:\/\/culprit\.example\/organizations\/[a-z]+\/issues\/\d+$/),
    ],
  ]);
  const expected = createHmac('sha256', 'channel secret')
    .update(hook?.body ?? '')
    .digest('hex');
  expect(hook?.headers['sentry-hook-signature']).toBe(expected);
  expect(receiver.received).toHaveLength(1);
});

test('a receiver that fails is asked again with the same key', async () => {
  const { organization } = await deployWithTwoNewIssues();
  await channel(organization, 'webhook', receiver.url);
  receiver.answerWith(503);
  await jobs();
  clock.advance(60_000);
  await tellNewIssues(context);
  await eventually('a second try', () => receiver.received.length === 2, { timeoutMs: 30_000 });
  const keys = receiver.received.map(({ headers }) => headers['idempotency-key']);
  expect(keys[0]).toBeTruthy();
  expect(keys[0]).toBe(keys[1]);
  const delivery = await eventually('the delivery is noted', async () => {
    const row = await postgres.database.one<{ attempts: number; delivered_at: Date | null }>(
      sql`select attempts, delivered_at from alert_deliveries`,
    );
    return row.delivered_at !== null ? row : undefined;
  });
  expect(delivery.attempts).toBe(2);
});

test('two alerts processes tell a deploy once', async () => {
  const { organization } = await deployWithTwoNewIssues();
  await channel(organization, 'webhook', receiver.url);
  await jobs();
  clock.advance(60_000);
  await Promise.all([tellNewIssues(context), tellNewIssues(context)]);
  const deliveries = await postgres.database.many(sql`select id from alert_deliveries`);
  expect(deliveries).toHaveLength(1);
});

test('a private address is refused and not tried again', async () => {
  const { organization } = await deployWithTwoNewIssues();
  await channel(organization, 'webhook', receiver.url);
  await channel(organization, 'webhook', receiver.url.replace('127.0.0.1', 'localhost'));
  await jobs({ allowPrivate: false });
  clock.advance(60_000);
  await tellNewIssues(context);
  const refused = await eventually('both are refused', async () => {
    const rows = await postgres.database.many<{ last_error: string | null }>(
      sql`select last_error from alert_deliveries where last_error is not null order by id`,
    );
    return rows.length === 2 ? rows : undefined;
  });
  expect(refused.map((row) => row.last_error)).toEqual([
    'the address is private',
    'the name leads to a private address',
  ]);
  await eventually('no job is left', async () => {
    const left = await postgres.database.many(sql`select id from graphile_worker.jobs`);
    return left.length === 0;
  });
  expect(receiver.received).toEqual([]);
});

test('mail goes out where SMTP is set', async () => {
  const mails: string[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString());
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
  closers.push(() => new Promise<void>((resolve) => smtp.close(() => resolve())));
  const { port } = smtp.server.address() as AddressInfo;
  const mailer = createMailer({ url: `smtp://127.0.0.1:${port}`, from: 'culprit@harbor.example' });
  closers.push(async () => mailer.close());
  const { organization } = await deployWithTwoNewIssues();
  await channel(organization, 'email', 'oncall@harbor.example');
  await jobs({ mailer });
  clock.advance(60_000);
  await tellNewIssues(context);
  const [mail] = await eventually('a mail', () => (mails.length > 0 ? mails : undefined));
  expect(mail).toContain('To: oncall@harbor.example');
  expect(mail).toContain('Subject: Deploy #2 to production brought 2 new issues, 0 people hit');
  expect(mail).toContain('WEB-1  TypeError: 1');
});

test('facts of an organization without channels are taken and told nobody', async () => {
  await deployWithTwoNewIssues();
  clock.advance(60_000);
  await tellNewIssues(context);
  expect(await postgres.database.many(sql`select id from outbox where taken_at is null`)).toEqual([]);
});

test('an open delivery whose job is not there, as in a restored database, goes out at the next start, once', async () => {
  const { organization } = await deployWithTwoNewIssues();
  await channel(organization, 'webhook', receiver.url);
  await jobs();
  for (const close of closers.splice(0)) await close();
  clock.advance(60_000);
  await tellNewIssues(context);
  await postgres.database.many(
    sql`select graphile_worker.complete_jobs(array_agg(id)) from graphile_worker.jobs`,
  );
  await Promise.all([jobs(), jobs()]);
  await eventually('a webhook', () => receiver.received.length > 0);
  await eventually('no job is left', async () => {
    const { left } = await postgres.database.one<{ left: number }>(
      sql`select count(*)::int as left from graphile_worker.jobs`,
    );
    return left === 0;
  });
  expect(receiver.received).toHaveLength(1);
});
