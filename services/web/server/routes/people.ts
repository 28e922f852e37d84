import { type DeployReference, type Person, personSchema } from '@culprit/api';
import { shortIdOf } from '@culprit/protocol';
import { z } from 'zod';
import { type Route, route } from '../access/route.ts';
import type { WebContext } from '../context.ts';
import { identityFormsOf } from '../identities.ts';
import { LONGEST_PERIOD_MS, periodOf } from '../periods.ts';
import { eventsOfPerson, hashesOfPerson, identitiesFound } from '../queries/people.ts';
import { badField } from '../refusal.ts';
import { loadDeployReferences } from '../shapes/deploy.ts';
import { showIssueReference } from '../shapes/issue.ts';
import { textOrNull } from '../shapes/loose.ts';
import { findIssueIds, keyOf } from '../store/issue-hashes.ts';
import { findIssues, type IssueRow } from '../store/issues.ts';
import { listProjectNames } from '../store/projects.ts';
import { textParam } from './query-schemas.ts';

const MOST_HASHES = 1_000;
const MOST_ISSUES = 100;
const MOST_EVENTS = 50;
/** Devices are told from the newest events: what a person used long ago does not matter. */
const MOST_EVENTS_FOR_DEVICES = 200;
const MOST_DEVICES = 20;
const MOST_CHARACTERS = 300;

type HashRow = Awaited<ReturnType<typeof readHashes>>[number];
type EventRow = Awaited<ReturnType<typeof readEvents>>[number];

interface Question {
  readonly projects: number[];
  readonly identities: string[];
  readonly from: number;
}

function readHashes(context: WebContext, question: Question) {
  return context.clickhouse.query(hashesOfPerson, { ...question, limit: MOST_HASHES });
}

function readEvents(context: WebContext, question: Question) {
  return context.clickhouse.query(eventsOfPerson, { ...question, limit: MOST_EVENTS_FOR_DEVICES });
}

async function readPerson(
  context: WebContext,
  organizationId: string,
  query: string,
  periodMs: number,
): Promise<Person> {
  const projects = await listProjectNames(context.database, organizationId);
  const identities = [...identityFormsOf(query)];
  if (projects.length === 0 || identities.length === 0) return emptyPerson(query);
  const question = {
    projects: projects.map((project) => project.id),
    identities,
    from: Math.max(0, context.clock.now() - periodMs),
  };
  const [matched, hashes, events] = await Promise.all([
    context.clickhouse.query(identitiesFound, question),
    readHashes(context, question),
    readEvents(context, question),
  ]);
  if (hashes.length === 0) return emptyPerson(query);
  const keys = hashes.map((row) => ({ projectId: row.project_id, hash: row.hash }));
  const issueIds = await findIssueIds(context.database, keys);
  const [issues, deploys] = await Promise.all([
    findIssues(context.database, [...new Set(issueIds.values())]),
    loadDeployReferences(context.database, organizationId, [
      ...hashes.map((row) => row.last_deploy_id),
      ...events.map((row) => row.deploy_id),
    ]),
  ]);
  const around = {
    issueOf: issueFinder(issueIds, issues),
    deploys,
    slugs: new Map(projects.map((project) => [project.id, project.slug])),
  };
  const met = mergeByIssue(hashes, around);
  return {
    query,
    matched: matched.map((row) => row.identity),
    firstSeen: new Date(Math.min(...hashes.map((row) => row.first))).toISOString(),
    lastSeen: new Date(Math.max(...hashes.map((row) => row.last))).toISOString(),
    totals: { events: hashes.reduce((sum, row) => sum + row.events, 0), issues: met.length },
    issues: met.slice(0, MOST_ISSUES),
    events: events.slice(0, MOST_EVENTS).map((row) => showEvent(row, around)),
    devices: devicesOf(events),
  };
}

function emptyPerson(query: string): Person {
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

interface Surroundings {
  readonly issueOf: (row: { readonly project_id: number; readonly hash: string }) => IssueRow | undefined;
  readonly deploys: ReadonlyMap<string, DeployReference>;
  readonly slugs: ReadonlyMap<number, string>;
}

function issueFinder(
  issueIds: ReadonlyMap<string, string>,
  issues: readonly IssueRow[],
): Surroundings['issueOf'] {
  const byId = new Map(issues.map((issue) => [issue.id, issue]));
  return (row) => byId.get(issueIds.get(keyOf({ projectId: row.project_id, hash: row.hash })) ?? '');
}

/** Hashes come last seen first, so the first of an issue tells what was last. */
function mergeByIssue(hashes: readonly HashRow[], around: Surroundings): Person['issues'] {
  const merged = new Map<string, Person['issues'][number]>();
  for (const row of hashes) {
    const issue = around.issueOf(row);
    if (issue === undefined) continue;
    const firstSeen = new Date(row.first).toISOString();
    const known = merged.get(issue.id);
    if (known !== undefined) {
      known.count += row.events;
      if (firstSeen < known.firstSeen) known.firstSeen = firstSeen;
      continue;
    }
    merged.set(issue.id, {
      issue: showIssueReference(issue),
      count: row.events,
      firstSeen,
      lastSeen: new Date(row.last).toISOString(),
      lastEventId: row.last_event_id,
      lastRelease: textOrNull(row.last_release),
      lastDeploy: around.deploys.get(row.last_deploy_id) ?? null,
    });
  }
  return [...merged.values()];
}

function showEvent(row: EventRow, around: Surroundings): Person['events'][number] {
  const issue = around.issueOf(row);
  return {
    eventID: row.event_id,
    issueId: issue?.id ?? null,
    shortId: issue === undefined ? null : shortIdOf(issue.project_slug, issue.short_id),
    title: row.title,
    dateReceived: new Date(row.received).toISOString(),
    release: textOrNull(row.release),
    environment: textOrNull(row.environment),
    project: around.slugs.get(row.project_id) ?? '',
    browser: textOrNull(row.browser),
    os: textOrNull(row.os),
    deploy: around.deploys.get(row.deploy_id) ?? null,
  };
}

function devicesOf(events: readonly EventRow[]): Person['devices'] {
  const devices = new Map<string, Person['devices'][number]>();
  for (const row of events) {
    const device = {
      browser: textOrNull(row.browser),
      os: textOrNull(row.os),
      release: textOrNull(row.release),
    };
    const key = JSON.stringify(device);
    if (!devices.has(key)) devices.set(key, { ...device, lastSeen: new Date(row.received).toISOString() });
    if (devices.size === MOST_DEVICES) break;
  }
  return [...devices.values()];
}

export const peopleRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/organizations/:org/people/',
    summary: 'Find a person and everything that hit them',
    answers: { 200: personSchema },
    access: { tenant: 'organization', scope: ['event:read'], role: 'support' },
    query: z.object({ query: textParam, statsPeriod: textParam }),
    handle: async ({ context, tenant, query }): Promise<Person> => {
      const text = query.query?.trim() ?? '';
      if (text === '') throw badField('query', 'name an email, id, username or ip address');
      if (text.length > MOST_CHARACTERS)
        throw badField('query', `must not be longer than ${MOST_CHARACTERS} characters`);
      const period = query.statsPeriod ? periodOf(query.statsPeriod) : LONGEST_PERIOD_MS;
      return readPerson(context, tenant.organization.id, text, period);
    },
  }),
];
