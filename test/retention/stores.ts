import { defineQuery } from '@culprit/clickhouse';
import type { StoredFile } from '@culprit/files';
import { type Database, sql } from '@culprit/postgres';
import { encodeLogRecord, logKeyOf, parseProjectId } from '@culprit/protocol';
import { CLICKHOUSE_TABLES } from '@culprit/retention';
import { aLogRecord, anEvent } from '@culprit/testkit';
import { z } from 'zod';
import { eventId, type ProcessorHarness, type SentEvent } from '../../services/processor/test/harness.ts';

const eventRows = defineQuery({
  name: 'test_retention_events',
  params: {},
  row: z.object({ id: z.string(), project: z.number() }),
  sql: "SELECT replaceAll(toString(event_id), '-', '') AS id, project_id AS project FROM events ORDER BY received, log_offset",
});
const exemplarRows = defineQuery({
  name: 'test_retention_exemplars',
  params: {},
  row: z.object({ id: z.string() }),
  sql: "SELECT replaceAll(toString(event_id), '-', '') AS id FROM exemplars ORDER BY received, log_offset",
});
const outcomeRows = defineQuery({
  name: 'test_retention_outcomes',
  params: {},
  row: z.object({ outcome: z.string(), reason: z.string(), quantity: z.coerce.number() }),
  sql: `SELECT outcome, reason, sum(quantity) AS quantity FROM outcomes WHERE category = 'error'
    GROUP BY outcome, reason ORDER BY outcome, reason`,
});
const projectRows = defineQuery({
  name: 'test_retention_rows_of_project',
  params: { project: z.number() },
  row: z.object({ rows: z.coerce.number() }),
  sql: `SELECT ${CLICKHOUSE_TABLES.map(
    ({ name }) => `(SELECT count() FROM ${name} WHERE project_id = {project:UInt32})`,
  ).join(' + ')} AS rows`,
});

/** Ids of the stored events, by time. */
export async function storedEvents(harness: ProcessorHarness): Promise<readonly string[]> {
  return (await harness.clickhouse.query(eventRows, {})).map(({ id }) => id);
}

export async function keptExemplars(harness: ProcessorHarness): Promise<readonly string[]> {
  return (await harness.clickhouse.query(exemplarRows, {})).map(({ id }) => id);
}

export async function outcomes(harness: ProcessorHarness): Promise<readonly object[]> {
  return harness.clickhouse.query(outcomeRows, {});
}

export async function rowsOfProject(harness: ProcessorHarness, project: number): Promise<number> {
  return (await harness.clickhouse.query(projectRows, { project }))[0]?.rows ?? 0;
}

export async function addProject(
  harness: ProcessorHarness,
  slug: string,
  settings: object = {},
): Promise<number> {
  const { id } = await harness.database.one<{ id: number }>(sql`
    insert into projects (organization_id, slug, name, settings)
    values (${harness.organizationId}, ${slug}, ${slug}, ${JSON.stringify(settings)}::jsonb) returning id`);
  return id;
}

/** Appends an event of a project other than the harness's own; `kind` decides the issue. */
export async function send(
  harness: ProcessorHarness,
  projectId: number,
  kind: string,
  sent: SentEvent & { readonly attachment?: StoredFile } = {},
): Promise<string> {
  const id = sent.id ?? eventId();
  const project = parseProjectId(projectId);
  if (project === undefined) throw new Error('no project id');
  const event = anEvent({ event_id: id, fingerprint: [kind], ...sent.event });
  const attachments = (sent.attachment === undefined ? [] : [sent.attachment]).map(({ key, size, sha1 }) => ({
    file: key,
    name: 'log.txt',
    attachment_type: 'event.attachment',
    size,
    sha1,
  }));
  const received = sent.received ?? harness.clock.now();
  const record = aLogRecord({ project_id: project, id, received, event, attachments });
  await harness.log.append([{ key: logKeyOf(record.header), value: encodeLogRecord(record) }]);
  return id;
}

export async function issues(
  database: Database,
  projectId: number,
): Promise<readonly { readonly id: string; readonly times_seen: string }[]> {
  return database.many(
    sql`select id, times_seen from issues where project_id = ${projectId} order by short_id`,
  );
}

export const DAY_MS = 24 * 3600 * 1000;
