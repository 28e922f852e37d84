import { replayAnswerSchema, replayRequestSchema, type System, systemSchema } from '@culprit/api';
import { decodeLogRecord, LOG_RECORD_VERSIONS } from '@culprit/protocol';
import { ownVersion } from '@culprit/runtime';
import { type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { clickHouseVersion, outcomesOfInstance } from '../queries/outcomes.ts';
import { readSchemaState } from '../schema-state.ts';
import {
  type InstanceRow,
  readDeadLetters,
  readInstances,
  readPositions,
  readPostgresVersion,
  requestReplays,
} from '../store/processing.ts';
import { readTables } from '../tables.ts';

const NEWEST_DEAD_LETTERS = 20;
const RATE_MINUTES = 10;
const SEEN_MS = 3_600_000;
/** A process tells every 10 s that it is there. */
const SILENT_MS = 35_000;

/** What a part of the page says, or null where that part is away: this page is looked at when something is. */
async function orNull<T>(context: WebContext, part: string, answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (err) {
    context.logger.warn({ err, part }, 'a part of the system page is missing');
    return null;
  }
}

async function readVersions(context: WebContext): Promise<System['versions']> {
  const [postgres, clickhouse] = await Promise.all([
    orNull(context, 'postgres', readPostgresVersion(context.database)),
    orNull(context, 'clickhouse', context.clickhouse.query(clickHouseVersion, {})),
  ]);
  return {
    culprit: ownVersion(),
    node: process.versions.node,
    postgres: postgres?.split(' ', 1)[0] ?? null,
    clickhouse: clickhouse?.[0]?.version ?? null,
    logRecords: [...LOG_RECORD_VERSIONS],
  };
}

async function readLog(
  context: WebContext,
  instances: readonly InstanceRow[] | null,
): Promise<NonNullable<System['log']>> {
  const [ends, positions] = await Promise.all([
    context.log.lag(),
    readPositions(context.database, context.log.topic),
  ]);
  const partitions = await Promise.all(
    ends.map(async ({ partition, start, end }) => {
      const position = Math.max(positions.get(partition) ?? 0, start);
      const lag = Math.max(0, end - position);
      const age = lag === 0 ? 0 : await oldestSeconds(context, partition, position);
      return { partition, start, end, position, lag, oldestSeconds: age };
    }),
  );
  const sumOf = (field: 'end' | 'position'): number => partitions.reduce((sum, one) => sum + one[field], 0);
  return {
    topic: context.log.topic,
    mode: context.log.mode,
    partitions,
    oldestUnprocessedSeconds: Math.max(0, ...partitions.map((one) => one.oldestSeconds)),
    throughput: context.throughput.note(context.clock.now(), sumOf('end'), sumOf('position')) ?? null,
    spool: spoolOf(instances ?? []),
  };
}

/** What ingest's processes say of their spool. Those of one machine share it, so that the largest figure of a machine counts. */
function spoolOf(instances: readonly InstanceRow[]): NonNullable<System['log']>['spool'] {
  const byHost = new Map<string, { records: number; bytes: number }>();
  for (const { host, facts } of instances) {
    const { spoolRecords, spoolBytes } = facts;
    if (typeof spoolRecords !== 'number' || typeof spoolBytes !== 'number') continue;
    const known = byHost.get(host) ?? { records: 0, bytes: 0 };
    byHost.set(host, {
      records: Math.max(known.records, spoolRecords),
      bytes: Math.max(known.bytes, spoolBytes),
    });
  }
  if (byHost.size === 0) return null;
  const spools = [...byHost.values()];
  return {
    records: spools.reduce((sum, { records }) => sum + records, 0),
    bytes: spools.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function showInstance(row: InstanceRow, now: number): NonNullable<System['services']>[number] {
  return {
    id: row.id,
    service: row.service,
    host: row.host,
    pid: row.pid,
    version: row.version,
    dateStarted: row.started_at.toISOString(),
    dateSeen: row.seen_at.toISOString(),
    isSilent: now - row.seen_at.getTime() > SILENT_MS,
    isReady: row.is_ready,
    detail: row.detail,
    memoryBytes: Number(row.memory_bytes),
  };
}

async function oldestSeconds(context: WebContext, partition: number, position: number): Promise<number> {
  const [record] = await context.log.read(partition, position, { maxRecords: 1, maxBytes: 1 });
  if (record === undefined) return 0;
  try {
    const { header } = decodeLogRecord(record.value);
    return Math.max(0, (context.clock.now() - header.received) / 1000);
  } catch {
    return 0; // a torn frame has no age; it becomes a dead letter
  }
}

async function readRates(context: WebContext): Promise<NonNullable<System['rates']>> {
  const to = Math.floor(context.clock.now() / 60_000) * 60_000;
  const from = to - RATE_MINUTES * 60_000;
  const rows = await context.clickhouse.query(outcomesOfInstance, { from, to });
  const minutes = Array.from({ length: RATE_MINUTES }, (_, i) => from / 1000 + i * 60);
  const outcomes = new Map<string, number[]>();
  for (const { outcome, start, items } of rows) {
    const perMinute = outcomes.get(outcome) ?? minutes.map(() => 0);
    outcomes.set(outcome, perMinute);
    const at = minutes.indexOf(start);
    if (at >= 0) perMinute[at] = items;
  }
  return { minutes, outcomes: [...outcomes].map(([outcome, perMinute]) => ({ outcome, perMinute })) };
}

async function readSystem(context: WebContext): Promise<System> {
  const now = context.clock.now();
  const seen = orNull(context, 'services', readInstances(context.database, new Date(now - SEEN_MS)));
  const [versions, schema, instances, log, disk, tables, letters, rates] = await Promise.all([
    readVersions(context),
    orNull(context, 'schema', readSchemaState(context.database)),
    seen,
    orNull(
      context,
      'log',
      seen.then((rows) => readLog(context, rows)),
    ),
    orNull(context, 'disk', context.disk.read(now)),
    orNull(context, 'tables', readTables(context)),
    readDeadLetters(context.database, NEWEST_DEAD_LETTERS),
    orNull(context, 'rates', readRates(context)),
  ]);
  return {
    versions,
    schema,
    services: instances?.map((row) => showInstance(row, now)) ?? null,
    log,
    disk,
    tables,
    deadLetters: {
      open: letters.open,
      newest: letters.newest.map((row) => ({
        id: row.id,
        topic: row.topic,
        partition: row.partition,
        offset: Number(row.log_offset),
        kind: row.kind,
        stage: row.stage,
        reason: row.reason,
        dateCreated: row.created_at.toISOString(),
        dateReplayRequested: row.replay_requested_at?.toISOString() ?? null,
      })),
    },
    rates,
  };
}

export const systemRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/system/',
    summary: 'Show the state of the whole installation',
    answers: { 200: systemSchema },
    access: { tenant: 'instance', scope: ['org:admin'], role: 'owner' },
    handle: ({ context }) => readSystem(context),
  }),
  route({
    method: 'POST',
    path: '/api/0/system/dead-letters/replay/',
    summary: 'Process dead letters again',
    answers: { 200: replayAnswerSchema },
    access: { tenant: 'instance', scope: ['org:admin'], role: 'owner' },
    body: replayRequestSchema,
    handle: async ({ context, body }) => ({
      requested: await requestReplays(context.database, body.ids, new Date(context.clock.now())),
    }),
  }),
];
