import { count, defineQuery } from '@culprit/clickhouse';
import { json, sql } from '@culprit/postgres';
import {
  eventually,
  type TemporaryFolder,
  type TestClickHouse,
  type TestDatabase,
  temporaryFolder,
  testClickHouse,
  testDatabase,
} from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { RunningPart } from '../../services/local/part.ts';
import { inRoot } from '../../services/local/repository.ts';
import { startServiceProcess } from '../../services/local/service-process.ts';
import { createProject } from '../faults/kafka-stack.ts';
import { type Answered, flood, quantile } from './flood.ts';

const LIMIT = 300;
const MINUTE = 60_000;
/** 3,000 a minute. The quota is spent after 6 s, the hard limit is reached after 30 s. */
const PER_SECOND = 50;
/** Releases that are seen within 10 s of shedding were there before. */
const BAD_RELEASE_AT = 20_000;
const SECONDS = 33;

const sumsOfErrors = defineQuery({
  name: 'test_sums_of_errors',
  params: {},
  row: z.object({ outcome: z.string(), reason: z.string(), release: z.string(), items: count }),
  sql: `SELECT outcome, reason, toString(release) AS release, sum(quantity) AS items FROM outcomes WHERE category = 'error'
    GROUP BY outcome, reason, release ORDER BY outcome, reason, release`,
});
const eventsOfRelease = defineQuery({
  name: 'test_events_of_release',
  params: { release: z.string() },
  row: z.object({ events: count, weight: z.number() }),
  sql: 'SELECT count() AS events, sum(kept_weight) AS weight FROM events WHERE release = {release:String}',
});

describe('ten times the quota, while a bad release starts', () => {
  let folder: TemporaryFolder;
  let postgres: TestDatabase;
  let clickhouse: TestClickHouse;
  const parts: RunningPart[] = [];
  let address: URL;

  beforeAll(async () => {
    [folder, postgres, clickhouse] = await Promise.all([temporaryFolder(), testDatabase(), testClickHouse()]);
    const { projectId, publicKey } = await createProject(postgres.database);
    const quota = { id: 'errors', categories: ['error'], scope: 'project', limit: LIMIT, window: 60 };
    await postgres.database.execute(sql`
      update projects set settings = ${json({ quotas: [quota] })}::jsonb where id = ${projectId}`);
    const env = {
      PATH: process.env.PATH ?? '',
      DATABASE_URL: postgres.url,
      CLICKHOUSE_URL: clickhouse.url,
      CULPRIT_DATA: folder.path,
      CULPRIT_INGEST_PORT: '0',
      CULPRIT_INGEST_MIN_FREE_BYTES: '0',
      CULPRIT_LOG_LEVEL: 'error',
    };
    for (const service of ['ingest', 'processor']) {
      const script = inRoot('services', service, 'main.ts');
      const onLine = (line: string): void => void process.stderr.write(`${service}: ${line}\n`);
      parts.push(await startServiceProcess({ script, env, onLine, signal: new AbortController().signal }));
    }
    const port = Number(parts[0]?.facts?.port);
    address = new URL(`http://127.0.0.1:${port}/api/${projectId}/envelope/?sentry_key=${publicKey}`);
  });

  afterAll(async () => {
    await Promise.all(parts.map((part) => part.stop()));
    await Promise.all([postgres?.drop(), clickhouse?.drop(), folder?.remove()]);
  });

  test('the new fault is seen within a minute, answers stay quick, and what came is the sum of what became of it', async () => {
    // One quota window from its start, so that the phases are where they are said to be.
    await eventually(
      'the window has enough left',
      () => Date.now() % MINUTE < MINUTE - (SECONDS + 2) * 1_000,
      {
        timeoutMs: MINUTE,
      },
    );
    const flooding = flood({
      url: address,
      perSecond: PER_SECOND,
      seconds: SECONDS,
      eventAt: (sentAt, nth) =>
        sentAt >= BAD_RELEASE_AT && nth % 20 === 0
          ? { type: 'BrokenCheckout', release: 'shop@2' }
          : { type: `Loud${nth % 30}`, release: 'shop@1' },
    });
    const began = performance.now();
    const seen = eventually(
      'the new fault is among the stored events',
      async () => ((await eventsOf('shop@2'))?.events ?? 0) > 0 && performance.now() - began,
      { timeoutMs: BAD_RELEASE_AT + MINUTE },
    );
    const [answers, seenAt] = await Promise.all([flooding, seen]);
    process.stderr.write(`seen ${Math.round(seenAt - BAD_RELEASE_AT)} ms after it was first sent\n`);
    expect(seenAt - BAD_RELEASE_AT).toBeLessThan(MINUTE);
    await expectSums(answers);
    expectPhases(answers);
    expectQuick(answers);
  });

  async function eventsOf(release: string) {
    const [row] = await clickhouse.clickhouse.query(eventsOfRelease, { release });
    return row;
  }

  /** Received = accepted + shed + limited, and the shed ones by release. */
  async function expectSums(answers: readonly Answered[]): Promise<void> {
    const limited = answers.filter(({ status }) => status === 429).length;
    const taken = answers.filter(({ status }) => status === 200);
    expect(limited + taken.length).toBe(answers.length);
    const sums = await eventually(
      'everything has an outcome',
      async () => {
        const rows = await clickhouse.clickhouse.query(sumsOfErrors, {});
        return rows.reduce((sum, { items }) => sum + items, 0) === answers.length && rows;
      },
      { timeoutMs: 30_000 },
    );
    const sumOf = (outcome: string, reason: string, release?: string): number =>
      sums
        .filter((row) => row.outcome === outcome && row.reason === reason)
        .filter((row) => release === undefined || row.release === release)
        .reduce((sum, { items }) => sum + items, 0);
    expect(sumOf('rate_limited', 'project_quota')).toBe(limited);
    expect(sumOf('accepted', '') + sumOf('rate_limited', 'shed')).toBe(taken.length);
    // One release a second becomes known; each of the two workers begins to shed in a second of its own.
    const unknown = sumOf('rate_limited', 'shed', '');
    expect(unknown).toBeLessThanOrEqual(2 * PER_SECOND);
    let untold = 0;
    for (const release of ['shop@1', 'shop@2']) {
      const stored = (await eventsOf(release))?.events ?? 0;
      const shed = sumOf('rate_limited', 'shed', release);
      const came = taken.filter((answer) => answer.release === release).length;
      expect(stored + shed, release).toBeLessThanOrEqual(came);
      expect(stored, release).toBeGreaterThan(0);
      untold += came - stored - shed;
    }
    expect(untold).toBe(unknown);
    const kept = sumOf('accepted', '');
    process.stderr.write(`accepted ${kept} of ${answers.length} at a limit of ${LIMIT}, 429: ${limited}\n`);
    // A slice more for each of two workers, and 5 % that were kept with one more for each.
    expect(kept).toBeLessThanOrEqual(LIMIT + 2 * (LIMIT / 10) + LIMIT * 0.05 + 20);
    expect(kept).toBeGreaterThanOrEqual(LIMIT);
  }

  /** No SDK is told to be silent before the hard limit, and then for a minute at most. */
  function expectPhases(answers: readonly Answered[]): void {
    const limited = answers.filter(({ status }) => status === 429);
    expect(answers.findIndex(({ status }) => status === 429)).toBeGreaterThanOrEqual(LIMIT * 4);
    expect(limited.length).toBeGreaterThan(0);
    for (const { headers } of limited) {
      expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
      expect(headers['x-sentry-rate-limits']).toMatch(/^[0-9]+:error:project:project_quota$/);
    }
  }

  /** Shedding and refusing cost no more than accepting. */
  function expectQuick(answers: readonly Answered[]): void {
    const took = (from: number, to: number): number =>
      quantile(
        answers.filter(({ sentAt }) => sentAt >= from && sentAt < to).map((answer) => answer.took),
        0.95,
      );
    const [before, shedding, limiting] = [took(0, 5_500), took(7_000, 29_000), took(31_000, 33_000)];
    process.stderr.write(`p95 accepting ${before} ms, shedding ${shedding} ms, limiting ${limiting} ms\n`);
    const bound = Math.max(100, 2 * before);
    expect(shedding).toBeLessThan(bound);
    expect(limiting).toBeLessThan(bound);
  }
});
