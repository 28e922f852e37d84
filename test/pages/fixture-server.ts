import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import {
  type Account,
  accountSchema,
  attachmentSchema,
  bulkIssueUpdateSchema,
  deploySchema,
  eventDetailSchema,
  fieldErrorsSchema,
  type Issue,
  issueDetailSchema,
  issueSchema,
  issueUpdateSchema,
  loginRequestSchema,
  openApiSchema,
  personSchema,
  projectKeySchema,
  projectSchema,
  type Role,
  replayAnswerSchema,
  type System,
  seriesSchema,
  statsSchema,
  systemSchema,
  tagSummarySchema,
  userReportSchema,
} from '@culprit/api';
import { z } from 'zod';
import { openApiDocument } from '../../services/web/server/openapi/document.ts';
import { apiRoutes } from '../../services/web/server/routes.ts';
import { type Answer, type Ask, answer, type FixtureRoute, NOTHING, refuse, type Story } from './answers.ts';
import { DEPLOYS } from './harbor/deploys.ts';
import { EVENT } from './harbor/event.ts';
import { ISSUES, issueDetail, TAGS } from './harbor/issues.ts';
import { NOW } from './harbor/moments.ts';
import { ELENA, issueSeries, nobody, SYSTEM, timeline } from './harbor/others.ts';
import { outcomeStats } from './harbor/outcomes.ts';
import { ACCOUNT, keyOf, PASSWORD, PROJECTS } from './harbor/projects.ts';
import { ATTACHMENTS, MANY_REPORTS, REPORTS } from './harbor/reports.ts';
import { settingsStory } from './harbor/settings.ts';
import { filteredAnswer, SETTINGS_ROUTES } from './settings-routes.ts';

/** What the real server sends at most with the pages. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const DIST = join(import.meta.dirname, '..', '..', 'services', 'web', 'client', 'dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const PAGE = 100;

function withStatus(issue: Issue, story: Story): Issue {
  return { ...issue, status: story.status.get(issue.id) ?? issue.status };
}

function listIssues({ url, story }: Ask): Answer {
  const query = url.searchParams.get('query') ?? 'is:unresolved';
  const terms = query.split(' ').filter((term) => term !== '');
  const unknown = terms.find((term) => /^is:(?!unresolved|resolved|ignored|unhandled)/.test(term));
  if (unknown !== undefined) return answer(fieldErrorsSchema, { query: [`${unknown} is not known`] }, 400);
  const fits = (issue: Issue): boolean =>
    terms.every((term) => {
      if (term.startsWith('is:')) return term === `is:${issue.status}` || term === 'is:unhandled';
      if (term.startsWith('first-release:')) return issue.firstRelease?.version === term.slice(14);
      return issue.title.toLowerCase().includes(term.toLowerCase());
    });
  const project = url.searchParams.get('project');
  const all = [...ISSUES, ...story.more, ...story.arrivals]
    .map((issue) => withStatus(issue, story))
    .filter((issue) => fits(issue) && (project === null || issue.project.slug === project))
    .toSorted((a, b) => Date.parse(b.firstSeen) - Date.parse(a.firstSeen));
  const offset = Number(url.searchParams.get('cursor')?.split(':')[1] ?? 0);
  const hasMore = all.length > offset + PAGE;
  const next = `<${url.href}>; rel="next"; results="${hasMore}"; cursor="0:${offset + PAGE}:0"`;
  return {
    ...answer(z.array(issueSchema), all.slice(offset, offset + PAGE)),
    headers: { link: `<${url.href}>; rel="previous"; results="false"; cursor="0:0:1", ${next}` },
  };
}

function changeIssues({ url, body, story }: Ask): Answer {
  const { status } = issueUpdateSchema.parse(body);
  const kept = bulkIssueUpdateSchema.parse({ status, statusDetails: {} });
  for (const id of url.searchParams.getAll('id')) story.status.set(id, kept.status);
  return answer(bulkIssueUpdateSchema, kept);
}

function logIn({ body, story }: Ask): Answer {
  const { email, password } = loginRequestSchema.parse(body);
  if (email !== ACCOUNT.email || password !== PASSWORD) return refuse(401, 'Email or password is wrong.');
  story.isLoggedIn = true;
  return answer(accountSchema, ACCOUNT);
}

function accountAs(role: Role): Account {
  return { ...ACCOUNT, organizations: ACCOUNT.organizations.map((one) => ({ ...one, role })) };
}

function showIssue(id: string, story: Story): Answer {
  const detail = issueDetail(id);
  if (detail === undefined) return refuse(404, 'The requested resource does not exist');
  return answer(issueDetailSchema, { ...detail, status: story.status.get(id) ?? detail.status });
}

function showEvent(issue: string, which: string): Answer {
  const isNewest = which === 'latest' || which === 'recommended' || which === EVENT.eventID;
  const title = issueDetail(issue)?.title ?? EVENT.title;
  const id = EVENT.previousEventID ?? '';
  const older = { id, eventID: id, previousEventID: null, nextEventID: EVENT.eventID };
  return answer(eventDetailSchema, { ...EVENT, title, groupID: issue, ...(isNewest ? {} : older) });
}

const ORG = '/api/0/organizations/harbor';

const ROUTES: readonly FixtureRoute[] = [
  ...SETTINGS_ROUTES,
  ['GET', /^\/api\/0\/auth\/$/, ({ story }) => answer(accountSchema, accountAs(story.role))],
  [
    'DELETE',
    /^\/api\/0\/auth\/$/,
    ({ story }) => {
      story.isLoggedIn = false;
      return { status: 204, body: undefined };
    },
  ],
  ['GET', new RegExp(`^${ORG}/projects/$`), () => answer(z.array(projectSchema), [...PROJECTS])],
  ['GET', new RegExp(`^${ORG}/deploys/$`), () => answer(z.array(deploySchema), [...DEPLOYS])],
  ['GET', new RegExp(`^${ORG}/issues/$`), listIssues],
  ['PUT', new RegExp(`^${ORG}/issues/$`), changeIssues],
  [
    'GET',
    new RegExp(`^${ORG}/timeline/$`),
    ({ url }) => answer(seriesSchema, timeline(url.searchParams.get('statsPeriod') ?? '24h')),
  ],
  ['GET', new RegExp(`^${ORG}/issues/([0-9]+)/$`), ({ story }, id = '') => showIssue(id, story)],
  ['DELETE', new RegExp(`^${ORG}/issues/([0-9]+)/$`), () => NOTHING],
  [
    'GET',
    new RegExp(`^${ORG}/stats_v2/$`),
    ({ url }) => filteredAnswer(url) ?? answer(statsSchema, outcomeStats(url.searchParams)),
  ],
  [
    'GET',
    new RegExp(`^${ORG}/issues/([0-9]+)/series/$`),
    ({ url }, id = '') => answer(seriesSchema, issueSeries(id, url.searchParams.get('statsPeriod') ?? '24h')),
  ],
  ['GET', new RegExp(`^${ORG}/issues/[0-9]+/tags/$`), () => answer(z.array(tagSummarySchema), [...TAGS])],
  [
    'GET',
    new RegExp(`^${ORG}/issues/([0-9]+)/events/([a-z0-9]+)/$`),
    (_, id = '', which = '') => showEvent(id, which),
  ],
  [
    'GET',
    new RegExp(`^${ORG}/issues/([0-9]+)/user-reports/$`),
    (_, id = '') =>
      answer(z.array(userReportSchema), id === '101' ? [...REPORTS] : id === '102' ? [...MANY_REPORTS] : []),
  ],
  [
    'GET',
    /^\/api\/0\/projects\/harbor\/[a-z]+\/events\/([0-9a-f]+)\/attachments\/$/,
    (_, event = '') => answer(z.array(attachmentSchema), event === EVENT.eventID ? [...ATTACHMENTS] : []),
  ],
  [
    'GET',
    new RegExp(`^${ORG}/people/$`),
    ({ url }) => {
      const query = url.searchParams.get('query') ?? '';
      return answer(personSchema, query === ELENA.query ? ELENA : nobody(query));
    },
  ],
  [
    'GET',
    /^\/api\/0\/projects\/harbor\/([a-z]+)\/keys\/$/,
    (_, slug = '') => answer(z.array(projectKeySchema), [keyOf(slug)]),
  ],
  ['GET', /^\/api\/0\/openapi\.json$/, () => answer(openApiSchema, API)],
  ['GET', /^\/api\/0\/system\/$/, ({ story }) => answer(systemSchema, systemNow(story))],
  ['POST', /^\/api\/0\/system\/dead-letters\/replay\/$/, ({ story }) => replay(story)],
];

/** The dead letters wait until somebody wants them replayed, and are gone after that. */
/** As the server describes itself. */
const API = openApiSchema.parse(
  openApiDocument(apiRoutes, {
    version: '1.0.0',
    publicUrl: 'https://culprit.harbor.example',
    ingestUrl: 'https://errors.harbor.example',
  }),
);

function systemNow({ replays }: Story): System {
  const { newest } = SYSTEM.deadLetters;
  if (replays === 0) return SYSTEM;
  const asked = newest.map((letter) => ({ ...letter, dateReplayRequested: new Date(NOW).toISOString() }));
  return { ...SYSTEM, deadLetters: { ...SYSTEM.deadLetters, newest: asked } };
}

function replay(story: Story): Answer {
  story.replays += 1;
  return answer(replayAnswerSchema, { requested: SYSTEM.deadLetters.open });
}

function answerOf(ask: Ask): Answer {
  const { method, url, story } = ask;
  if (method === 'POST' && url.pathname === '/api/0/auth/') return logIn(ask);
  if (!story.isLoggedIn) return refuse(401, 'Authentication credentials were not provided.');
  for (const [wanted, path, handle] of ROUTES) {
    const match = wanted === method ? path.exec(url.pathname) : null;
    if (match !== null) return handle(ask, ...match.slice(1));
  }
  return refuse(404, 'The requested resource does not exist');
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
}

async function sendPage(path: string, response: ServerResponse): Promise<void> {
  const name = normalize(path).replace(/^(\.\.[/\\])+/, '');
  const isFile = extname(name) !== '';
  const file = join(DIST, isFile ? name : 'index.html');
  try {
    const content = await readFile(file);
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': CONTENT_SECURITY_POLICY,
    });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}

export interface FixtureServer {
  readonly url: string;
  readonly story: Story;
  close(): Promise<void>;
}

/** The built pages and the story of Harbor, on a free port of loopback. */
export async function startFixtureServer(): Promise<FixtureServer> {
  const story: Story = {
    isLoggedIn: true,
    role: 'owner',
    more: [],
    arrivals: [],
    status: new Map(),
    changes: [],
    replays: 0,
    settings: settingsStory(),
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://culprit.test');
    if (!url.pathname.startsWith('/api/')) return sendPage(url.pathname, response);
    const body = await bodyOf(request);
    const method = request.method ?? 'GET';
    if (method !== 'GET')
      story.changes.push(`${method} ${url.pathname}${url.search} ${JSON.stringify(body)}`);
    let { status, body: sent, headers }: Answer = { status: 500, body: undefined, headers: {} };
    try {
      ({ status, body: sent, headers } = answerOf({ method, url, body, story }));
    } catch (error) {
      sent = { detail: String(error) };
    }
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(sent === undefined ? '' : JSON.stringify(sent));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    story,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
