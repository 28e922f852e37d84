import {
  attachmentSchema,
  checkInSchema,
  eventIdSchema,
  eventRowSchema,
  monitorSchema,
  userReportSchema,
} from '@culprit/api';
import { RowBinaryWriter } from '@culprit/clickhouse';
import { NOON } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { placesOfUserReports } from '../server/queries/user-reports.ts';
import { storeEvents } from './event-rows.ts';
import { anIssue, aProject, startTestWeb, type TestWeb } from './harness.ts';

const MINUTE = 60_000;
const HASH = 'f00000000000000a';
const FEEDBACK_HASH = '0000000000000000';
const id = (n: number): string => n.toString(16).padStart(32, '0');
let web: TestWeb;
let shop: number;
let api: number;
let issue: string;
let nextOffset = 1;

/** Stores rows of a table in one block; `write` writes the columns after the five that all have. */
async function store<T extends { readonly received: number; readonly project?: number }>(
  table: string,
  columns: readonly string[],
  rows: readonly T[],
  write: (writer: RowBinaryWriter, row: T) => void,
): Promise<void> {
  const writer = new RowBinaryWriter();
  const first = nextOffset;
  for (const row of rows) {
    writer.uint32(row.project ?? shop);
    writer.dateTime64(row.received);
    writer.uint16(0);
    writer.uint64(nextOffset++);
    write(writer, row);
    writer.endRow();
  }
  const times = rows.map(({ received }) => received);
  await web.context.clickhouse.storeBlock({
    table,
    columns: ['project_id', 'received', 'log_partition', 'log_offset', ...columns],
    body: writer.body(),
    rows: writer.rows,
    topic: 'test-items',
    partition: 0,
    first,
    last: nextOffset - 1,
    receivedFrom: Math.min(...times),
    receivedTo: Math.max(...times) + 1,
    oneRowPerOffset: true,
    takeOver: false,
  });
}

const report = (event: string, received: number, comments: string, project?: number) => ({
  event,
  received,
  comments,
  ...(project === undefined ? {} : { project }),
});

beforeAll(async () => {
  web = await startTestWeb();
  shop = web.main.projectId;
  api = await aProject(web.database, web.main, 'api');
  issue = await anIssue(web.database, { projectId: shop, hash: HASH });
  await storeEvents(web.context.clickhouse, [
    { project: shop, eventId: id(1), hash: HASH, received: NOON - 20 * MINUTE },
    { project: shop, eventId: id(2), hash: 'f00000000000000b', received: NOON - 20 * MINUTE },
    {
      project: shop,
      eventId: id(3),
      hash: FEEDBACK_HASH,
      received: NOON - 5 * MINUTE,
      title: 'I cannot pay',
      payload: {
        type: 'feedback',
        contexts: {
          feedback: {
            message: 'I cannot pay',
            name: 'Ben',
            contact_email: 'ben@example.com',
            associated_event_id: id(2),
          },
        },
      },
    },
  ]);
  await store(
    'user_reports',
    ['event_id', 'name', 'email', 'comments'],
    [
      report(id(1), NOON - 10 * MINUTE, 'first words'),
      report(id(1), NOON - 8 * MINUTE, 'better words'),
      report(id(2), NOON - 9 * MINUTE, 'another issue'),
      report(id(9), NOON - 7 * MINUTE, 'no event yet'),
      report(id(1), NOON - 6 * MINUTE, 'another project', api),
    ],
    (writer, { event, comments }) => {
      writer.uuid(event);
      writer.string('Ada');
      writer.string('ada@example.com');
      writer.string(comments);
    },
  );
});
afterAll(() => web.stop());

describe('what people said', () => {
  const reports = z.array(userReportSchema);

  it('is listed per project, newest first: feedback and the last report of each event', async () => {
    const listed = await web.get('/api/0/projects/main/shop/user-feedback/', reports);
    expect(listed.map(({ eventID, name, email, comments }) => ({ eventID, name, email, comments }))).toEqual([
      { eventID: id(3), name: 'Ben', email: 'ben@example.com', comments: 'I cannot pay' },
      { eventID: id(9), name: 'Ada', email: 'ada@example.com', comments: 'no event yet' },
      { eventID: id(1), name: 'Ada', email: 'ada@example.com', comments: 'better words' },
      { eventID: id(2), name: 'Ada', email: 'ada@example.com', comments: 'another issue' },
    ]);
    expect(listed[0]?.event).toEqual({ id: id(2), eventID: id(2) });
    expect(listed[1]?.dateCreated).toBe(new Date(NOON - 7 * MINUTE).toISOString());
  });

  it('comes in pages', async () => {
    const first = await web.send({ url: '/api/0/projects/main/shop/user-feedback/?per_page=3' });
    const next = /results="true"; cursor="([^"]+)"/.exec(String(first.headers.link))?.[1];
    const rest = await web.get(`/api/0/projects/main/shop/user-feedback/?per_page=3&cursor=${next}`, reports);
    expect(rest.map(({ eventID }) => eventID)).toEqual([id(2)]);
  });

  it('is read of the rows of a page only: where they are is found without it', async () => {
    const plan = (await web.context.clickhouse.explain(placesOfUserReports)).join('\n');
    expect(plan.match(/ReadFromMergeTree \([^)]*\.(?:events|user_reports)\)/g)).toHaveLength(2);
    expect(plan).not.toMatch(/payload|comments/);
  });

  it('is listed per issue, for its events only', async () => {
    const listed = await web.get(`/api/0/organizations/main/issues/${issue}/user-reports/`, reports);
    expect(listed.map(({ comments }) => comments)).toEqual(['better words']);
  });
});

describe('feedback among the events', () => {
  it('is an event of no issue', async () => {
    const rows = await web.get('/api/0/projects/main/shop/events/', z.array(eventRowSchema));
    expect(rows.map((row) => [row.eventID, row.groupID])).toContainEqual([id(3), null]);
    const found = await web.get(`/api/0/organizations/main/eventids/${id(3)}/`, eventIdSchema);
    expect(found).toMatchObject({ projectSlug: 'shop', groupId: null, event: { type: 'feedback' } });
    const stored = await web.send({ url: `/api/0/projects/main/shop/events/${id(3)}/json/` });
    expect(stored.body).toMatchObject({ contexts: { feedback: { message: 'I cannot pay' } } });
  });
});

describe('attachments', () => {
  it('that came before their event, with it or after it are all of that event', async () => {
    const file = await web.context.files.put(Buffer.from('bytes'));
    await store(
      'attachments',
      ['event_id', 'name', 'attachment_type', 'content_type', 'size', 'sha1', 'file'],
      [
        { received: NOON - 25 * MINUTE, name: 'before.txt' },
        { received: NOON - 20 * MINUTE, name: 'with.txt' },
        { received: NOON - MINUTE, name: 'after.txt' },
      ],
      (writer, { name }) => {
        writer.uuid(id(1));
        writer.string(name);
        writer.string('event.attachment');
        writer.string('text/plain');
        writer.uint64(5);
        writer.fixedString(file.sha1, 40);
        writer.string(file.key);
      },
    );
    const url = `/api/0/projects/main/shop/events/${id(1)}/attachments/`;
    const listed = await web.get(url, z.array(attachmentSchema));
    expect(listed.map(({ name, size, sha1 }) => ({ name, size, sha1 }))).toEqual(
      ['before.txt', 'with.txt', 'after.txt'].map((name) => ({ name, size: 5, sha1: file.sha1 })),
    );
    const bytes = await web.send({ url: `${url}${listed[2]?.id}/?download` });
    expect([bytes.text, bytes.headers['content-disposition']]).toEqual([
      'bytes',
      expect.stringContaining('after.txt'),
    ]);
  });
});

describe('monitors', () => {
  beforeAll(async () => {
    const checkIn = (n: number, minute: number, monitor: string, status: string, duration?: number) => ({
      received: NOON - minute * MINUTE,
      n,
      monitor,
      status,
      duration,
    });
    await store(
      'check_ins',
      ['check_in_id', 'monitor', 'status', 'duration', 'environment', 'release'],
      [
        checkIn(11, 10, 'nightly', 'in_progress'),
        checkIn(11, 8, 'nightly', 'ok', 90.5),
        checkIn(12, 5, 'nightly', 'in_progress'),
        checkIn(13, 6, 'hourly', 'error'),
      ],
      (writer, { n, monitor, status, duration }) => {
        writer.uuid(id(n));
        writer.string(monitor);
        writer.string(status);
        writer.nullable(duration, (seconds) => writer.float64(seconds));
        writer.string('production');
        writer.string('');
      },
    );
  });

  it('are listed with what they said last', async () => {
    const monitors = await web.get('/api/0/projects/main/shop/monitors/', z.array(monitorSchema));
    expect(monitors).toEqual([
      {
        slug: 'hourly',
        status: 'error',
        lastCheckIn: new Date(NOON - 6 * MINUTE).toISOString(),
        environments: ['production'],
      },
      {
        slug: 'nightly',
        status: 'in_progress',
        lastCheckIn: new Date(NOON - 5 * MINUTE).toISOString(),
        environments: ['production'],
      },
    ]);
  });

  it('have their check-ins, each with its last word', async () => {
    const checkIns = await web.get(
      '/api/0/projects/main/shop/monitors/nightly/checkins/',
      z.array(checkInSchema),
    );
    expect(checkIns).toEqual([
      expect.objectContaining({ id: id(12), status: 'in_progress', duration: null }),
      {
        id: id(11),
        monitor: 'nightly',
        status: 'ok',
        duration: 90_500,
        environment: 'production',
        release: null,
        dateAdded: new Date(NOON - 10 * MINUTE).toISOString(),
        dateUpdated: new Date(NOON - 8 * MINUTE).toISOString(),
      },
    ]);
  });
});
