import { eventRowSchema, issueDetailSchema, projectDetailSchema, tombstoneSchema } from '@culprit/api';
import { sql } from '@culprit/postgres';
import { NOON } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { storeEvents } from './event-rows.ts';
import { anIssue, aPerson, aProject, aToken, startTestWeb, type TestWeb } from './harness.ts';

const tombstones = z.array(tombstoneSchema);
const ISSUES = '/api/0/projects/main/shop/issues/';

let web: TestWeb;
beforeAll(async () => {
  web = await startTestWeb();
});
afterAll(() => web.stop());

const issue = (hash: string): Promise<string> =>
  anIssue(web.database, { projectId: web.main.projectId, hash, title: `Issue ${hash}`, count: 3 });
const statusOf = async (id: string): Promise<number> =>
  (await web.send({ method: 'GET', url: `/api/0/issues/${id}/` })).status;
const remove = (url: string) => web.send({ method: 'DELETE', url });

async function deletions(): Promise<readonly object[]> {
  return web.database.many(sql`select kind, issue_id, hashes from deletions order by id`);
}

describe('issues', () => {
  it('are gone when the deletion is answered, and what has to follow is written down', async () => {
    const id = await issue('00000000000000a1');
    const kept = await issue('00000000000000a2');
    expect((await remove(`/api/0/issues/${id}/`)).status).toBe(202);
    expect([await statusOf(id), await statusOf(kept)]).toEqual([404, 200]);
    expect((await remove(`/api/0/issues/${id}/`)).status).toBe(404);
    expect(await deletions()).toEqual([{ kind: 'issue', issue_id: id, hashes: ['00000000000000a1'] }]);
  });

  it('are deleted in bulk by id, and never all of them because nothing was named', async () => {
    const ids = [await issue('00000000000000b1'), await issue('00000000000000b2')];
    const kept = await issue('00000000000000b3');
    for (const nothing of ['', '?query=', '?query=%20']) {
      expect((await remove(`${ISSUES}${nothing}`)).status).toBe(400);
      const discarded = await web.send({
        method: 'PUT',
        url: `${ISSUES}${nothing}`,
        payload: { discard: true },
      });
      expect(discarded.status).toBe(400);
    }
    expect((await remove(`${ISSUES}?id=${ids.join('&id=')}`)).status).toBe(204);
    expect(await Promise.all([...ids, kept].map(statusOf))).toEqual([404, 404, 200]);
  });

  it('are discarded by a PUT, and let in again by deleting the tombstone', async () => {
    const id = await issue('00000000000000c1');
    const discarded = await web.send({
      method: 'PUT',
      url: `${ISSUES}?id=${id}`,
      payload: { discard: true },
    });
    expect(discarded.status).toBe(204);
    expect(await statusOf(id)).toBe(404);
    const [tombstone] = await web.get('/api/0/projects/main/shop/tombstones/', tombstones);
    expect(tombstone).toMatchObject({ title: 'Issue 00000000000000c1', actor: null });
    const url = `/api/0/projects/main/shop/tombstones/${tombstone?.id}/`;
    expect([(await remove(url)).status, (await remove(url)).status]).toEqual([204, 404]);
    expect(await web.get('/api/0/projects/main/shop/tombstones/', tombstones)).toEqual([]);
  });

  it('are deleted, and discarded, by admins only', async () => {
    const id = await issue('00000000000000d1');
    const member = await aPerson(web.database, { organizationId: web.main.id, role: 'member' });
    const narrow = await aToken(web.database, web.main, ['event:write']);
    for (const headers of [
      { cookie: member.cookie, 'sec-fetch-site': 'same-origin' },
      { authorization: `Bearer ${narrow}` },
    ]) {
      const url = `/api/0/issues/${id}/`;
      const deleted = await web.app.inject({ method: 'DELETE', url, headers });
      const payload = { discard: true };
      const discarded = await web.app.inject({ method: 'PUT', url, headers, payload });
      const inBulk = await web.app.inject({ method: 'PUT', url: `${ISSUES}?id=${id}`, headers, payload });
      expect([deleted, discarded, inBulk].map(({ statusCode }) => statusCode)).toEqual([403, 403, 403]);
    }
    expect(await statusOf(id)).toBe(200);
  });

  it('show the event that was kept when retention has taken the others', async () => {
    const hash = '00000000000000e1';
    const id = await issue(hash);
    const eventId = 'e'.repeat(32);
    await storeEvents(web.context.clickhouse, [
      { project: web.main.projectId, eventId, hash, received: NOON },
    ]);
    await web.context.clickhouse.command('INSERT INTO exemplars SELECT * FROM events');
    await web.context.clickhouse.command('ALTER TABLE events DROP PARTITION 202611');
    expect(await web.get(`/api/0/issues/${id}/events/`, z.array(eventRowSchema))).toMatchObject([
      { eventID: eventId },
    ]);
    const latest = await web.send({ method: 'GET', url: `/api/0/issues/${id}/events/latest/` });
    expect(latest).toMatchObject({ status: 200, body: { eventID: eventId } });
    expect(await web.get(`/api/0/issues/${id}/`, issueDetailSchema)).toMatchObject({ count: '3' });
  });
});

describe('projects', () => {
  it('keep events for as many days as they say', async () => {
    const url = '/api/0/projects/main/shop/';
    const put = (days: unknown) => web.send({ method: 'PUT', url, payload: { eventRetention: days } });
    expect(projectDetailSchema.parse((await put(30)).body)).toMatchObject({ eventRetention: 30 });
    expect(projectDetailSchema.parse((await put(null)).body)).toMatchObject({ eventRetention: null });
    for (const wrong of [-1, 1.5, '30', 100_000]) expect((await put(wrong)).status).toBe(400);
  });

  it('are gone when the deletion is answered, their slug is free, and ingest hears of it', async () => {
    const teamId = web.main.teamId;
    await aProject(web.database, { id: web.main.id, teamId }, 'gone');
    const version = () => web.database.one<{ version: string }>(sql`select version from config_version`);
    const before = Number((await version()).version);
    const url = '/api/0/projects/main/gone/';
    expect((await remove(url)).status).toBe(204);
    expect((await remove(url)).status).toBe(404);
    expect(Number((await version()).version)).toBeGreaterThan(before);
    const again = await web.send({
      method: 'POST',
      url: '/api/0/teams/main/team/projects/',
      payload: { name: 'gone' },
    });
    expect(again).toMatchObject({ status: 201, body: { slug: 'gone' } });
  });
});
