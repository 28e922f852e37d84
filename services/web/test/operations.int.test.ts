import {
  alertChannelSchema,
  apiTokenSchema,
  newAlertChannelSchema,
  newTokenSchema,
  statsSchema,
  systemSchema,
} from '@culprit/api';
import { RowBinaryWriter } from '@culprit/clickhouse';
import { openEventLog } from '@culprit/event-log';
import { CODE_VERSION, sql, startHeartbeat } from '@culprit/postgres';
import { LOG_RECORD_VERSIONS, parseProjectId } from '@culprit/protocol';
import { aLogRecordValue, NOON } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { anOrganization, aPerson, aToken, startTestWeb, type TestWeb } from './harness.ts';

let web: TestWeb;

beforeAll(async () => {
  web = await startTestWeb();
});
afterAll(() => web.stop());

const post = (url: string, payload: object) => web.send({ method: 'POST', url, payload });

interface OutcomeFacts {
  readonly project: number;
  readonly minutesAgo: number;
  readonly outcome: string;
  readonly reason: string;
  readonly items: number;
  readonly release?: string;
}

/** Blocks of one place in the log are one block. */
let blocks = 0;

async function storeOutcomes(facts: readonly OutcomeFacts[]): Promise<void> {
  blocks++;
  const writer = new RowBinaryWriter();
  for (const { project, minutesAgo, outcome, reason, items, release = '' } of facts) {
    const received = NOON - minutesAgo * 60_000;
    writer.uint32(project);
    writer.uint32(1);
    writer.dateTime64(received);
    writer.dateTime(received);
    writer.string(outcome);
    writer.string(reason);
    writer.string('error');
    writer.uint64(items);
    writer.uint16(0);
    writer.uint64(blocks);
    writer.string(release);
    writer.endRow();
  }
  await web.context.clickhouse.storeBlock({
    table: 'outcomes',
    columns: [
      ...['project_id', 'key_id', 'received', 'minute', 'outcome', 'reason', 'category', 'quantity'],
      ...['log_partition', 'log_offset', 'release'],
    ],
    body: writer.body(),
    rows: writer.rows,
    topic: 'test',
    partition: 0,
    first: blocks,
    last: blocks,
    receivedFrom: NOON - 86_400_000,
    receivedTo: NOON,
    oneRowPerOffset: false,
    takeOver: false,
  });
}

describe('outcomes', () => {
  it('are summed by what is asked for, per interval, for this organization only', async () => {
    const other = await anOrganization(web.database, 'elsewhere');
    const project = web.main.projectId;
    await storeOutcomes([
      { project, minutesAgo: 5, outcome: 'accepted', reason: '', items: 7 },
      { project, minutesAgo: 70, outcome: 'accepted', reason: '', items: 2 },
      { project, minutesAgo: 5, outcome: 'invalid', reason: 'duplicate', items: 1 },
      { project: other.projectId, minutesAgo: 5, outcome: 'accepted', reason: '', items: 1000 },
    ]);
    const url = '/api/0/organizations/main/stats_v2/?field=sum(quantity)';
    const stats = await web.get(
      `${url}&groupBy=outcome&groupBy=reason&groupBy=category&interval=1h&statsPeriod=24h`,
      statsSchema,
    );
    // From the interval that the period begins in to the one that is running.
    expect(stats.intervals).toHaveLength(25);
    expect(stats.groups.map(({ by, totals }) => ({ by, totals }))).toEqual([
      { by: { outcome: 'accepted', reason: '', category: 'error' }, totals: { 'sum(quantity)': 9 } },
      { by: { outcome: 'invalid', reason: 'duplicate', category: 'error' }, totals: { 'sum(quantity)': 1 } },
    ]);
    expect(stats.groups[0]?.series['sum(quantity)']?.slice(-3)).toEqual([2, 7, 0]);
    const lastHour = await web.get(`${url}&groupBy=outcome&outcome=accepted&statsPeriod=1h`, statsSchema);
    expect(lastHour.groups[0]?.totals).toEqual({ 'sum(quantity)': 7 });
    const one = await web.get(`${url}&groupBy=project&outcome=invalid&project=${project}`, statsSchema);
    expect(one.groups).toMatchObject([{ by: { project }, totals: { 'sum(quantity)': 1 } }]);
    expect((await web.get(url, statsSchema)).groups[0]?.totals).toEqual({ 'sum(quantity)': 10 });
    for (const wrong of [
      '?field=count()',
      '?field=sum(quantity)&groupBy=user',
      '?field=sum(quantity)&interval=1m&statsPeriod=90d',
      '?field=sum(quantity)&start=2026-11-20T12:00:00Z&end=2026-11-20T11:00:00Z',
      '?field=sum(quantity)&start=yesterday&end=2026-11-20T11:00:00Z',
      '?field=sum(quantity)&start=1960-01-01T00:00:00Z&end=1961-01-01T00:00:00Z',
      '?field=sum(quantity)&start=2026-11-20T12:00:00Z&end=2026-11-20T11:00:00Z&statsPeriod=1h',
    ]) {
      expect((await web.send({ url: `/api/0/organizations/main/stats_v2/${wrong}` })).status).toBe(400);
    }
  });
});

describe('outcomes of a named time', () => {
  const url = '/api/0/organizations/main/stats_v2/?field=sum(quantity)&groupBy=outcome';

  it('are those of the intervals from start to end', async () => {
    const project = web.main.projectId;
    await storeOutcomes([
      { project, minutesAgo: 3 * 60 + 5, outcome: 'filtered', reason: 'localhost', items: 3 },
      { project, minutesAgo: 4 * 60 + 5, outcome: 'filtered', reason: 'localhost', items: 40 },
      { project, minutesAgo: 5 * 60 + 5, outcome: 'filtered', reason: 'localhost', items: 500 },
    ]);
    const at = (hoursAgo: number): string => new Date(NOON - hoursAgo * 3_600_000).toISOString();
    const stats = await web.get(`${url}&interval=1h&start=${at(5)}&end=${at(3)}`, statsSchema);
    expect(stats.intervals).toEqual([at(5), at(4)]);
    expect(stats.groups).toEqual([
      {
        by: { outcome: 'filtered' },
        totals: { 'sum(quantity)': 43 },
        series: { 'sum(quantity)': [40, 3] },
      },
    ]);
    const withoutZone = await web.get(
      `${url}&interval=1h&start=${at(5).slice(0, 19)}&end=${at(3).slice(0, 19)}`,
      statsSchema,
    );
    expect(withoutZone).toEqual(stats);
  });

  it('are summed however many reasons senders make up, and refused where an answer would be too long', async () => {
    // 100 reasons in each of 1,440 minutes are more rows than one answer may have.
    await web.context.clickhouse.command(`
      INSERT INTO outcomes (project_id, key_id, received, minute, outcome, reason, category, quantity)
      SELECT ${web.main.projectId}, 1, toDateTime64(minute, 3, 'UTC'), minute, 'client_discard', toString(number % 100), 'session', 1
      FROM (SELECT number, toDateTime(${(NOON - 86_400_000) / 1_000} + 60 * intDiv(number, 100), 'UTC') AS minute FROM numbers(144000))`);
    const minutes = `${url}&interval=1m&outcome=client_discard`;
    const sums = await web.get(minutes, statsSchema);
    expect(sums.groups.map(({ by, totals }) => [by, totals])).toEqual([
      [{ outcome: 'client_discard' }, { 'sum(quantity)': 144_000 }],
    ]);
    const one = await web.get(`${minutes}&groupBy=reason&reason=7&category=session`, statsSchema);
    expect(one.groups.map(({ by, totals }) => [by, totals])).toEqual([
      [{ outcome: 'client_discard', reason: '7' }, { 'sum(quantity)': 1_440 }],
    ]);
    const tooMany = await web.send({ url: `${minutes}&groupBy=reason` });
    expect([tooMany.status, tooMany.text]).toEqual([400, expect.stringContaining('longer intervals')]);
  });

  it('are told apart by the release of what was shed, where that is asked for', async () => {
    const project = web.main.projectId;
    await storeOutcomes([
      { project, minutesAgo: 1, outcome: 'rate_limited', reason: 'shed', items: 9, release: 'shop@1' },
      { project, minutesAgo: 1, outcome: 'rate_limited', reason: 'shed', items: 2, release: 'shop@2' },
    ]);
    const shed = await web.get(`${url}&groupBy=release&outcome=rate_limited`, statsSchema);
    expect(shed.groups.map(({ by, totals }) => [by.release, totals['sum(quantity)']])).toEqual([
      ['shop@1', 9],
      ['shop@2', 2],
    ]);
    const together = await web.get(`${url}&outcome=rate_limited`, statsSchema);
    expect(together.groups.map(({ totals }) => totals)).toEqual([{ 'sum(quantity)': 11 }]);
  });
});

describe('alert channels', () => {
  const url = '/api/0/organizations/main/alert-channels/';

  it('get a secret of ours that is shown once', async () => {
    const made = await post(url, {
      kind: 'webhook',
      target: 'https://hooks.example/culprit',
      project: 'shop',
    });
    expect(made.status).toBe(201);
    const channel = newAlertChannelSchema.parse(made.body);
    expect(channel).toMatchObject({ kind: 'webhook', project: 'shop', isActive: true });
    expect(channel.secret).toMatch(/^[0-9a-f]{64}$/);
    const listed = await web.send({ url });
    expect(listed.text).not.toContain(channel.secret);
    expect(z.array(alertChannelSchema).parse(listed.body)).toMatchObject([{ id: channel.id }]);
    expect(await web.get(`${url}${channel.id}/`, alertChannelSchema)).toMatchObject({
      target: channel.target,
    });
    expect((await web.send({ method: 'DELETE', url: `${url}${channel.id}/` })).status).toBe(204);
    expect((await web.send({ method: 'DELETE', url: `${url}${channel.id}/` })).status).toBe(404);
    expect(await web.get(url, z.array(alertChannelSchema))).toEqual([]);
  });

  it('show a webhook’s path, which may be its password, only to who may change it', async () => {
    const target = 'https://hooks.example/services/T0/B0/very-secret';
    const { id } = newAlertChannelSchema.parse((await post(url, { kind: 'webhook', target })).body);
    const seenBy = async (headers: Record<string, string>): Promise<readonly string[]> => {
      const one = await web.app.inject({ url: `${url}${id}/`, headers });
      const all = await web.app.inject({ url, headers });
      return [alertChannelSchema.parse(one.json()), ...z.array(alertChannelSchema).parse(all.json())].map(
        (channel) => channel.target,
      );
    };
    const member = await aPerson(web.database, { organizationId: web.main.id, role: 'member' });
    const admin = await aPerson(web.database, { organizationId: web.main.id, role: 'admin' });
    const reader = await aToken(web.database, web.main, ['org:read']);
    const hidden = 'https://hooks.example/…';
    expect(await seenBy({ cookie: member.cookie })).toEqual([hidden, hidden]);
    expect(await seenBy({ authorization: `Bearer ${reader}` })).toEqual([hidden, hidden]);
    expect(await seenBy({ cookie: admin.cookie })).toEqual([target, target]);
    expect((await web.send({ method: 'DELETE', url: `${url}${id}/` })).status).toBe(204);
  });

  it('for mail have no secret; what is no address is refused', async () => {
    const mail = await post(url, { kind: 'email', target: 'ops@example.com' });
    expect(newAlertChannelSchema.parse(mail.body)).toMatchObject({ secret: null, project: null });
    for (const wrong of [
      { kind: 'webhook', target: 'ftp://x' },
      { kind: 'webhook', target: 'https://user:pw@hooks.example/' },
      { kind: 'email', target: 'nobody' },
      { kind: 'pigeon', target: 'x' },
      { kind: 'webhook', target: 'https://hooks.example/', project: 'nope' },
    ]) {
      expect((await post(url, wrong)).status).toBe(400);
    }
  });
});

describe('API tokens', () => {
  const url = '/api/0/organizations/main/api-tokens/';

  it('are shown once, work at once, and stop when deleted', async () => {
    const made = await post(url, { name: 'CI', scopes: ['org:ci'] });
    expect(made.status).toBe(201);
    const token = newTokenSchema.parse(made.body);
    const facts = JSON.parse(Buffer.from(token.token.split('_')[1] ?? '', 'base64').toString()) as object;
    expect(facts).toMatchObject({ url: 'https://culprit.example', org: 'main' });
    const listed = await web.send({ url });
    expect(listed.text).not.toContain(token.token);
    expect(z.array(apiTokenSchema).parse(listed.body)).toContainEqual({
      id: token.id,
      name: 'CI',
      tokenLastCharacters: token.token.slice(-4),
      scopes: ['org:ci'],
      dateCreated: new Date(NOON).toISOString(),
    });
    const use = () =>
      web.send({
        url: '/api/0/organizations/main/releases/',
        headers: { authorization: `Bearer ${token.token}` },
      });
    expect((await use()).status).toBe(200);
    expect(await web.get(`${url}${token.id}/`, apiTokenSchema)).toMatchObject({ name: 'CI' });
    expect((await web.send({ method: 'DELETE', url: `${url}${token.id}/` })).status).toBe(204);
    expect((await use()).status).toBe(401);
  });

  it('never may more than who makes them', async () => {
    const narrow = await aToken(web.database, web.main, ['org:admin']);
    const more = await web.send({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${narrow}` },
      payload: { name: 'x', scopes: ['event:read'] },
    });
    expect(more.status).toBe(403);
    const admin = await aPerson(web.database, { organizationId: web.main.id, role: 'admin' });
    const asAdmin = (scopes: string[]) =>
      web.app.inject({
        method: 'POST',
        url,
        headers: { cookie: admin.cookie, 'sec-fetch-site': 'same-origin' },
        payload: { name: 'x', scopes },
      });
    expect((await asAdmin(['org:admin'])).statusCode).toBe(403);
    expect((await asAdmin(['event:read'])).statusCode).toBe(201);
    expect((await post(url, { name: 'x', scopes: ['world:domination'] })).status).toBe(400);
  });
});

describe('the System page', () => {
  it('tells versions, lag, disk, dead letters and rates', async () => {
    const log = await openEventLog({
      mode: 'lmdb',
      folder: `${web.dataFolder}/log`,
      topic: 'events',
      partitions: 2,
    });
    const project = parseProjectId(1);
    if (project === undefined) throw new Error('1 is a project id');
    const value = aLogRecordValue({ project_id: project, received: NOON - 90_000 });
    await log.append([{ key: '1:a', value }]);
    await web.database.execute(sql`
      insert into dead_letters (topic, partition, log_offset, kind, stage, reason, record)
      values ('events', 0, 5, 'event', 'normalize', 'RangeError', '')`);
    const heartbeat = startHeartbeat({
      ...web.context,
      service: 'processor',
      health: () => ({
        ready: false,
        detail: 'work does not move',
        facts: { spoolRecords: 3, spoolBytes: 4_096 },
      }),
    });
    await heartbeat.beat();
    const staff = await aPerson(web.database, undefined, true);
    const answer = await web.app.inject({ url: '/api/0/system/', headers: { cookie: staff.cookie } });
    web.clock.advance(10_000);
    await log.append([{ key: '1:b', value }]);
    const later = await web.app.inject({ url: '/api/0/system/', headers: { cookie: staff.cookie } });
    web.clock.set(NOON);
    await log.close();
    const system = systemSchema.parse(answer.json());
    expect(system.versions).toMatchObject({
      culprit: '0.1.0',
      node: process.versions.node,
      logRecords: [...LOG_RECORD_VERSIONS],
    });
    expect(system.schema).toMatchObject({
      codeVersion: CODE_VERSION,
      stores: [
        { store: 'postgres', newest: expect.stringMatching(/^[0-9]{4}_[a-z0-9_]+\.sql$/), pending: 0 },
        // The test's ClickHouse is migrated under another database's name.
        { store: 'clickhouse' },
      ],
    });
    expect(system.services).toMatchObject([
      {
        service: 'processor',
        pid: process.pid,
        isReady: false,
        isSilent: false,
        detail: 'work does not move',
        memoryBytes: expect.any(Number),
      },
    ]);
    expect(system.log).toMatchObject({ mode: 'lmdb', throughput: null, spool: { records: 3, bytes: 4_096 } });
    expect(systemSchema.parse(later.json()).log?.throughput).toEqual({
      arrived: 0.1,
      processed: 0,
      seconds: 10,
    });
    await heartbeat.stop();
    expect(system.versions.postgres).toMatch(/^[0-9]+\./);
    expect(system.versions.clickhouse).toMatch(/^[0-9]+\./);
    expect(system.log?.topic).toBe('events');
    expect(system.log?.partitions.map((partition) => partition.lag).sort()).toEqual([0, 1]);
    expect(system.log?.oldestUnprocessedSeconds).toBe(90);
    expect(system.log?.partitions.map((partition) => partition.oldestSeconds).sort()).toEqual([0, 90]);
    expect(system.disk?.folders.map((folder) => folder.name)).toEqual(
      expect.arrayContaining(['log', 'files']),
    );
    expect(system.disk?.freeBytes).toBeGreaterThan(0);
    expect(system.deadLetters).toMatchObject({ open: 1, newest: [{ stage: 'normalize', offset: 5 }] });
    expect(system.rates?.minutes).toHaveLength(10);
    expect(system.rates?.outcomes.find(({ outcome }) => outcome === 'accepted')?.perMinute[5]).toBe(1007);
  });

  it('takes the wish to replay dead letters, of those that are named or of all that are open, once', async () => {
    const staff = await aPerson(web.database, undefined, true);
    const ask = async (payload: object, cookie = staff.cookie) =>
      web.app.inject({
        method: 'POST',
        url: '/api/0/system/dead-letters/replay/',
        headers: { cookie, 'sec-fetch-site': 'same-origin' },
        payload,
      });
    await web.database.execute(sql`delete from dead_letters`);
    const ids = await web.database.many<{ id: string }>(sql`
      insert into dead_letters (topic, partition, log_offset, kind, stage, reason, record)
      select 'events', 0, n, 'event', 'decode', 'SyntaxError', '' from generate_series(10, 12) as n returning id`);
    await web.database.execute(sql`update dead_letters set replayed_at = now() where log_offset = 12`);
    const [first, , closed] = ids.map((row) => row.id);
    expect((await ask({ ids: [first, closed] })).json()).toEqual({ requested: 1 });
    expect((await ask({})).json()).toEqual({ requested: 1 });
    expect((await ask({})).json()).toEqual({ requested: 0 });
    expect((await ask({ ids: ['x'] })).statusCode).toBe(400);
    const owner = await aPerson(web.database, { organizationId: web.main.id, role: 'owner' });
    expect((await ask({}, owner.cookie)).statusCode).toBe(403);
    const scoped = await aToken(web.database, web.main, ['org:read', 'event:admin']);
    const byToken = await web.send({
      method: 'POST',
      url: '/api/0/system/dead-letters/replay/',
      headers: { authorization: `Bearer ${scoped}` },
      payload: {},
    });
    expect(byToken.status).toBe(403);
  });

  it('is for staff, and for the owner where there is no other organization', async () => {
    const owner = await aPerson(web.database, { organizationId: web.main.id, role: 'owner' });
    const ask = (cookie: string) => web.app.inject({ url: '/api/0/system/', headers: { cookie } });
    // `elsewhere` is another organization.
    expect((await ask(owner.cookie)).statusCode).toBe(403);
    const alone = await startTestWeb();
    const only = await aPerson(alone.database, { organizationId: alone.main.id, role: 'owner' });
    const admin = await aPerson(alone.database, { organizationId: alone.main.id, role: 'admin' });
    const askAlone = (cookie: string) => alone.app.inject({ url: '/api/0/system/', headers: { cookie } });
    expect((await askAlone(only.cookie)).statusCode).toBe(200);
    expect((await askAlone(admin.cookie)).statusCode).toBe(403);
    await alone.stop();
  });
});
