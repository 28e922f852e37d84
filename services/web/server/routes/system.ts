import { readFile } from 'node:fs/promises';
import type { System } from '@culprit/api';
import { decodeLogRecord } from '@culprit/protocol';
import { z } from 'zod';
import { type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { clickHouseVersion, outcomesOfInstance } from '../queries/outcomes.ts';
import { readDeadLetters, readPositions, readPostgresVersion } from '../store/processing.ts';

const NEWEST_DEAD_LETTERS = 20;
const RATE_MINUTES = 10;

/** What a part of the page says, or null where that part is away: this page is looked at when something is. */
async function orNull<T>(context: WebContext, part: string, answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (err) {
    context.logger.warn({ err, part }, 'a part of the system page is missing');
    return null;
  }
}

const packageFile = z.object({ version: z.string() });

async function readOwnVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return packageFile.parse(JSON.parse(text)).version;
}

async function readVersions(context: WebContext): Promise<System['versions']> {
  const [culprit, postgres, clickhouse] = await Promise.all([
    readOwnVersion(),
    orNull(context, 'postgres', readPostgresVersion(context.database)),
    orNull(context, 'clickhouse', context.clickhouse.query(clickHouseVersion, {})),
  ]);
  return {
    culprit,
    node: process.versions.node,
    postgres: postgres?.split(' ', 1)[0] ?? null,
    clickhouse: clickhouse?.[0]?.version ?? null,
  };
}

async function readLog(context: WebContext): Promise<NonNullable<System['log']>> {
  const [partitions, positions] = await Promise.all([
    context.log.lag(),
    readPositions(context.database, context.log.topic),
  ]);
  const shown = partitions.map(({ partition, start, end }) => {
    const position = Math.max(positions.get(partition) ?? 0, start);
    return { partition, start, end, position, lag: Math.max(0, end - position) };
  });
  const ages = await Promise.all(
    shown
      .filter(({ lag }) => lag > 0)
      .map(({ partition, position }) => oldestSeconds(context, partition, position)),
  );
  return { topic: context.log.topic, partitions: shown, oldestUnprocessedSeconds: Math.max(0, ...ages) };
}

async function oldestSeconds(context: WebContext, partition: number, position: number): Promise<number> {
  const [record] = await context.log.read(partition, position, { maxRecords: 1, maxBytes: 1 });
  if (record === undefined) return 0;
  const { header } = decodeLogRecord(record.value);
  return Math.max(0, (context.clock.now() - header.received) / 1000);
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
  const [versions, log, disk, letters, rates] = await Promise.all([
    readVersions(context),
    orNull(context, 'log', readLog(context)),
    orNull(context, 'disk', context.disk.read(context.clock.now())),
    readDeadLetters(context.database, NEWEST_DEAD_LETTERS),
    orNull(context, 'rates', readRates(context)),
  ]);
  return {
    versions,
    log,
    disk,
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
      })),
    },
    rates,
  };
}

export const systemRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/system/',
    access: { tenant: 'instance', scope: ['org:admin'], role: 'owner' },
    handle: ({ context }) => readSystem(context),
  }),
];
