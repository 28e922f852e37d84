import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventDetailSchema, type Issue, issueSchema } from '@culprit/api';
import { createRegistry, type Registry } from '@culprit/runtime';
import { eventually } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createAlertsMetrics } from '../../services/alerts/metrics.ts';
import { createIngestMetrics, observeSpool } from '../../services/ingest/metrics.ts';
import { createProcessorMetrics } from '../../services/processor/metrics.ts';
import { parseMetrics, parseQuery, type Series } from './prom-text.ts';
import { eventEnvelope, WatchedStack } from './watched-stack.ts';

const SERVICES = ['ingest', 'processor', 'web', 'alerts'] as const;
/** Given by Prometheus, not by us. */
const OF_PROMETHEUS = { metrics: ['up'], labels: ['job', 'instance'] };

let watched: WatchedStack;

beforeAll(async () => {
  watched = await WatchedStack.start();
});
afterAll(() => watched.stop());

const docs = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');

/** Expressions of both files, with where they stand. */
async function expressions(): Promise<readonly (readonly [where: string, expression: string])[]> {
  const rules = z
    .object({
      groups: z.array(
        z.object({
          name: z.string(),
          rules: z.array(
            z.strictObject({
              alert: z.string().regex(/^Culprit[A-Za-z]+$/),
              expr: z.string(),
              for: z
                .string()
                .regex(/^\d+[smh]$/)
                .optional(),
              labels: z.strictObject({ severity: z.enum(['info', 'warning', 'critical']) }),
              annotations: z.strictObject({ summary: z.string(), description: z.string().optional() }),
            }),
          ),
        }),
      ),
    })
    .parse(parse(await docs('prometheus-alerts.yml')));
  const dashboard = z
    .object({
      panels: z.array(
        z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).optional() }),
      ),
    })
    .parse(JSON.parse(await docs('grafana-dashboard.json')));
  return [
    ...rules.groups.flatMap((group) => group.rules.map(({ alert, expr }) => [alert, expr] as const)),
    ...dashboard.panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => [title, expr] as const),
    ),
  ];
}

/** Labels that a metric was declared with: a series without a sample shows none. */
function declaredLabels(registry: Registry): ReadonlyMap<string, readonly string[]> {
  return new Map(
    registry.getMetricsAsArray().map((metric) => {
      const { name, labelNames } = metric as unknown as { name: string; labelNames: readonly string[] };
      return [name, labelNames];
    }),
  );
}

function declarations(): ReadonlyMap<string, readonly string[]> {
  const registries = [createRegistry(), createRegistry(), createRegistry()] as const;
  createIngestMetrics(registries[0]);
  createProcessorMetrics(registries[1]);
  createAlertsMetrics(registries[2]);
  return new Map(registries.flatMap((registry) => [...declaredLabels(registry)]));
}

/** The spool is there with Kafka only: its names are those that are declared. */
async function spoolSeries(): Promise<Series> {
  const registry = createRegistry();
  observeSpool(registry, async () => ({
    waiting: 0,
    refused: 0,
    bytes: 0,
    partitionsAway: 0,
    spooledTotal: 0,
    forwardedTotal: 0,
    refusedTotal: 0,
  }));
  return parseMetrics(await registry.metrics());
}

describe('what watches Culprit', () => {
  test('every metric and label that an alert or the dashboard names is on /metrics of a running process', async () => {
    expect(await watched.send(eventEnvelope({ message: 'hello' }))).toBe(200);
    await watched.processed();
    const pages = await Promise.all(SERVICES.map((service) => watched.metrics(service)));
    const series: Series = new Map(await spoolSeries());
    for (const page of pages) for (const [name, labels] of parseMetrics(page)) series.set(name, labels);
    const declared = declarations();
    const offences: string[] = [];
    const labelsOf = (metric: string): readonly string[] => [
      ...(series.get(metric) ?? []),
      ...(declared.get(metric.replace(/_(bucket|sum|count)$/, '')) ?? []),
      ...OF_PROMETHEUS.labels,
    ];
    const all = await expressions();
    expect(all.length).toBeGreaterThan(50);
    for (const [where, expression] of all) {
      const { metrics, groupings } = parseQuery(expression);
      expect(metrics.length, `${where}: ${expression}`).toBeGreaterThan(0);
      for (const { metric, labels } of metrics) {
        if (OF_PROMETHEUS.metrics.includes(metric)) continue;
        if (!series.has(metric)) offences.push(`${where}: no metric ${metric}`);
        for (const label of labels) {
          if (!labelsOf(metric).includes(label)) offences.push(`${where}: ${metric} has no label ${label}`);
        }
      }
      const known = metrics.flatMap(({ metric }) => labelsOf(metric));
      for (const label of groupings) {
        if (!known.includes(label)) offences.push(`${where}: nothing there has a label ${label}`);
      }
    }
    expect(offences).toEqual([]);
  });

  test('every metric of ours is in a namespace, has help, and no label that is an id', async () => {
    for (const service of SERVICES) {
      const page = await watched.metrics(service);
      for (const [name, labels] of parseMetrics(page)) {
        expect(name).toMatch(/^culprit_/);
        expect([...labels].filter((label) => /(^|_)id$/.test(label))).toEqual([]);
      }
      expect(page).toMatch(/^culprit_ready 1$/m);
      expect(page).toMatch(/^culprit_build_info\{.*version="[0-9.]+".*\} 1$/m);
      expect(page).not.toMatch(/^# HELP \S+ *$/m);
    }
  });
});

describe("Culprit's own errors", () => {
  async function ownIssues(): Promise<readonly Issue[]> {
    const { organization } = watched.stack.facts;
    const { body } = await watched.ask(`/api/0/organizations/${organization}/issues/?query=`);
    return z
      .array(issueSchema)
      .parse(body)
      .filter(({ project }) => project.slug === 'culprit');
  }
  const ownIssue = (wanted: (issue: Issue) => boolean): Promise<Issue> =>
    eventually('an issue of our own', async () => (await ownIssues()).find(wanted), { timeoutMs: 30_000 });

  test('a logged error becomes an issue of the project Culprit, with release and environment, without its own loop', async () => {
    await watched.fault('ingest-before-append.throws');
    expect(await watched.send(eventEnvelope({ message: 'x' }))).toBe(503);
    const issue = await ownIssue(({ title, count }) => title.includes('InjectedFault') && count === '1');
    expect(issue).toMatchObject({ project: { slug: 'culprit' }, level: 'error', count: '1' });
    const { body } = await watched.ask(`/api/0/issues/${issue.id}/events/latest/`);
    const event = eventDetailSchema.parse(body);
    expect(event).toMatchObject({
      environment: 'production',
      release: { version: expect.stringMatching(/^culprit@[0-9.]+$/) },
      tags: expect.arrayContaining([
        { key: 'service', value: 'ingest' },
        { key: 'doing', value: 'append failed' },
      ]),
    });
    expect(await watched.metrics('ingest')).toMatch(/^culprit_self_reports_total\{result="sent"\} 1$/m);
  });

  test('an exception that ends a process is told by another one, and the work is done once', async () => {
    await watched.processed();
    const pid = await watched.stack.stack.pidOf('processor');
    await watched.fault('planned.crashes');
    expect(await watched.send(eventEnvelope({ message: 'the crash survives me' }))).toBe(200);
    await watched.restarted('processor', pid);
    await watched.mend('planned.crashes');
    const issue = await ownIssue(({ level, count }) => level === 'fatal' && count !== '0');
    expect(issue.title).toContain('InjectedFault');
    await watched.processed();
    expect((await watched.stack.api.issue('the crash survives me')).count).toBe('1');
  });

  test('a processor that dies of every own event reports none of these deaths', async () => {
    const before = await watched.processed();
    await watched.fault('planned.crashes');
    let pid = await watched.stack.stack.pidOf('processor');
    const dsn = await watched.ownDsn();
    expect(await watched.send(eventEnvelope({ message: 'an own event' }), { dsn })).toBe(200);
    for (let deaths = 0; deaths < 3; deaths++) pid = await watched.restarted('processor', pid);
    await watched.mend('planned.crashes');
    expect(await watched.processed()).toBe(before + 1);
  });

  test('an ingest that cannot take own events reports that to nobody', async () => {
    const before = await watched.processed();
    const dsn = await watched.ownDsn();
    await watched.fault('ingest-before-append.always-throws');
    for (let i = 0; i < 20; i++) {
      expect(await watched.send(eventEnvelope({ message: 'own' }), { dsn })).toBe(503);
      expect(await watched.send(eventEnvelope({ message: 'of others' }))).toBe(503);
    }
    // A worker tells of a log that takes nothing once in ten seconds. What was tried to be told has failed by now, or was never tried because the event was our own.
    const failed = await eventually('a failure was told, or kept to itself', async () => {
      const page = await watched.metrics('ingest');
      const count = (result: string) =>
        Number(
          new RegExp(`^culprit_self_reports_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(page)?.[1] ?? 0,
        );
      return count('own') + count('failed') >= 1 ? count('failed') : undefined;
    });
    await watched.mend('ingest-before-append.always-throws');
    // One kind of error, in each of two workers, within a minute: tried once each at most.
    expect(failed).toBeLessThanOrEqual(2);
    expect(await watched.processed()).toBe(before);
  });
});
