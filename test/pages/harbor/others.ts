import type { DeployReference, Person, Series, System } from '@culprit/api';
import { DEPLOYS, deployReference } from './deploys.ts';
import { EVENT } from './event.ts';
import { ISSUES } from './issues.ts';
import { ago, at, DAY, HOUR, NOW, noiseOf, pointsOf } from './moments.ts';

const UNIT: Readonly<Record<string, number>> = { h: HOUR, d: DAY };

function periodOf(text: string): number {
  return Number.parseInt(text, 10) * (UNIT[text.slice(-1)] ?? DAY);
}

function spanOf(period: string): { periodMs: number; interval: number } {
  const periodMs = periodOf(period);
  const interval =
    [60, 300, 900, 3_600, 7_200, 21_600, 86_400].find((one) => periodMs / 1_000 / one <= 100) ?? 86_400;
  return { periodMs, interval };
}

function series(
  period: string,
  deploys: readonly DeployReference[],
  perHour: (start: number, interval: number) => number,
): Series {
  const { periodMs, interval } = spanOf(period);
  const points = pointsOf(periodMs, interval, (start) => (perHour(start, interval) * interval) / 3_600);
  const start = (points[0]?.[0] ?? 0) * 1_000;
  return {
    start: new Date(start).toISOString(),
    end: new Date(NOW).toISOString(),
    interval,
    points,
    deploys: deploys
      .filter(({ dateFinished }) => Date.parse(dateFinished) >= start)
      .toSorted((a, b) => Date.parse(a.dateFinished) - Date.parse(b.dateFinished)),
  };
}

const BROKEN = Date.parse('2026-11-20T14:25:00Z');

/** All events: calm, and a step up when #412 went out. */
export function timeline(period: string): Series {
  const noise = noiseOf(41);
  const production = DEPLOYS.filter(({ environment }) => environment === 'production').map(({ number }) =>
    deployReference(number),
  );
  return series(period, production, (start) => 1_900 + 900 * noise() + (start > BROKEN ? 800 : 0));
}

/** Of one issue. */
export function issueSeries(id: string, period: string): Series {
  const issue = ISSUES.find((one) => one.id === id);
  const noise = noiseOf(Number(id));
  const hourly = (issue?.stats['24h'] ?? []).at(-1)?.[1] ?? 0;
  const born = Date.parse(issue?.firstSeen ?? '');
  const own = DEPLOYS.filter(({ projects }) => projects.includes(issue?.project.slug ?? '')).map(
    ({ number }) => deployReference(number),
  );
  const line = series(period, own, (start, interval) =>
    start + interval * 1_000 < born ? 0 : hourly * (0.7 + 0.6 * noise()),
  );
  return id === FLOODED ? { ...line, came: line.points.map(asItCame) } : line;
}

/** The issue that exceeded the project's quota two hours ago. */
const FLOODED = '104';

function asItCame([start, count]: Series['points'][number]): Series['points'][number] {
  return [start, start * 1_000 < NOW - 2 * HOUR ? count : count * 20];
}

function met(id: string, count: number, first: string, last: string): Person['issues'][number] {
  const issue = ISSUES.find((one) => one.id === id);
  if (issue === undefined) throw new Error(`the story has no issue ${id}`);
  const { shortId, title, culprit, level, status, project, lastRelease, lastDeploy } = issue;
  return {
    issue: { id, shortId, title, culprit, level, status, project },
    count,
    firstSeen: at(first),
    lastSeen: at(last),
    lastEventId: EVENT.eventID,
    lastRelease: lastRelease?.version ?? null,
    lastDeploy,
  };
}

function moment(
  id: string,
  nth: number,
  when: string,
  browser: string,
  os: string,
): Person['events'][number] {
  const { issue, lastRelease, lastDeploy } = met(id, 1, when, when);
  return {
    eventID: `${EVENT.eventID.slice(0, 30)}${String(nth).padStart(2, '0')}`,
    issueId: id,
    shortId: issue.shortId,
    title: issue.title,
    dateReceived: at(when),
    release: lastRelease,
    environment: 'production',
    project: issue.project.slug,
    browser,
    os,
    deploy: lastDeploy,
  };
}

export const ELENA: Person = {
  query: 'elena@marchetti-studio.it',
  matched: ['email:elena@marchetti-studio.it', 'id:48213', 'username:elena.m'],
  firstSeen: at('2026-11-05T17:40:31Z'),
  lastSeen: at('2026-11-20T15:05:52Z'),
  totals: { events: 7, issues: 4 },
  issues: [
    met('101', 3, '2026-11-20T14:48:02Z', '2026-11-20T15:05:52Z'),
    met('112', 2, '2026-11-20T14:40:15Z', '2026-11-20T14:41:00Z'),
    met('106', 1, '2026-11-18T20:31:44Z', '2026-11-18T20:31:44Z'),
    met('108', 1, '2026-11-05T17:40:31Z', '2026-11-05T17:40:31Z'),
  ],
  events: [
    moment('101', 1, '2026-11-20T15:05:52Z', 'Firefox 154', 'macOS 16.1'),
    moment('101', 2, '2026-11-20T14:51:09Z', 'Firefox 154', 'macOS 16.1'),
    moment('101', 3, '2026-11-20T14:48:02Z', 'Firefox 154', 'macOS 16.1'),
    moment('112', 4, '2026-11-20T14:41:00Z', 'Safari 27', 'iPadOS 27'),
    moment('112', 5, '2026-11-20T14:40:15Z', 'Safari 27', 'iPadOS 27'),
    moment('106', 6, '2026-11-18T20:31:44Z', 'Harbor 3.8.2', 'Android 17'),
    moment('108', 7, '2026-11-05T17:40:31Z', 'Firefox 153', 'macOS 16.1'),
  ],
  devices: [
    { browser: 'Firefox 154', os: 'macOS 16.1', release: 'web@5.31.0', lastSeen: at('2026-11-20T15:05:52Z') },
    { browser: 'Safari 27', os: 'iPadOS 27', release: 'web@5.30.2', lastSeen: at('2026-11-20T14:41:00Z') },
    { browser: 'Harbor', os: 'Android 17', release: 'mobile@3.8.2', lastSeen: at('2026-11-18T20:31:44Z') },
  ],
};

export function nobody(query: string): Person {
  return {
    query,
    matched: [],
    firstSeen: null,
    lastSeen: null,
    totals: { events: 0, issues: 0 },
    issues: [],
    events: [],
    devices: [],
  };
}

const MINUTES = Array.from({ length: 10 }, (_, i) => Math.floor(NOW / 60_000) * 60 - (10 - i) * 60);

function process(service: string, pid: number, memoryBytes: number): NonNullable<System['services']>[number] {
  return {
    id: `${service}-${pid}`,
    service,
    host: 'harbor-1',
    pid,
    version: '0.1.0',
    dateStarted: ago(26 * HOUR),
    dateSeen: ago(4_000),
    isSilent: false,
    isReady: true,
    detail: null,
    memoryBytes,
  };
}

export const SYSTEM: System = {
  versions: { culprit: '0.1.0', node: '24.21.0', postgres: '18.4', clickhouse: '26.7.1', logRecords: [1, 2] },
  schema: {
    codeVersion: 1,
    minCodeVersion: 1,
    stores: [
      { store: 'postgres', newest: '0007_watching.sql', applied: 7, pending: 0 },
      { store: 'clickhouse', newest: '0004_exemplars.sql', applied: 4, pending: 0 },
    ],
  },
  services: [
    process('alerts', 9_214, 84e6),
    process('ingest', 9_188, 118e6),
    process('ingest', 9_190, 121e6),
    process('processor', 9_197, 204e6),
    process('web', 9_205, 141e6),
  ],
  log: {
    topic: 'received',
    mode: 'lmdb',
    throughput: { arrived: 41.2, processed: 41.3, seconds: 60 },
    spool: null,
    partitions: [0, 1, 2, 3].map((partition) => ({
      partition,
      start: 0,
      end: 41_207 + partition * 311,
      position: 41_207 + partition * 311 - (partition === 2 ? 7 : 0),
      lag: partition === 2 ? 7 : 0,
      oldestSeconds: partition === 2 ? 0.4 : 0,
    })),
    oldestUnprocessedSeconds: 0.4,
  },
  disk: {
    freeBytes: 182e9,
    totalBytes: 494e9,
    folders: [
      { name: 'clickhouse', bytes: 8.4e9 },
      { name: 'postgres', bytes: 310e6 },
      { name: 'log', bytes: 1.2e9 },
      { name: 'files', bytes: 92e6 },
    ],
  },
  deadLetters: {
    open: 1,
    newest: [
      {
        id: '1',
        topic: 'received',
        partition: 1,
        offset: 30_114,
        kind: 'event',
        stage: 'decode',
        reason: 'payload is not JSON',
        dateCreated: ago(3 * HOUR),
        dateReplayRequested: null,
      },
    ],
  },
  rates: {
    minutes: MINUTES,
    outcomes: [
      { outcome: 'accepted', perMinute: [212, 240, 198, 231, 250, 244, 219, 260, 238, 241] },
      { outcome: 'rate_limited', perMinute: [0, 0, 4, 0, 0, 0, 12, 0, 0, 0] },
      { outcome: 'invalid', perMinute: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0] },
    ],
  },
};
