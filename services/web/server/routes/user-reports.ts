import { type UserReport, userReportSchema } from '@culprit/api';
import { z } from 'zod';
import { type Call, type Route, route } from '../access/route.ts';
import { issueHashes } from '../event-reading.ts';
import { LONGEST_PERIOD_MS } from '../periods.ts';
import {
  placesOfUserReports,
  type UserReportRow,
  userReportsAt,
  userReportsOfIssue,
} from '../queries/user-reports.ts';
import { placesOf } from '../queries/values.ts';
import { pageByOffset } from './offset-page.ts';
import { pageQuery } from './query-schemas.ts';

const READ = { scope: ['event:read', 'project:read'], role: 'support' } as const;
const MOST_OF_ISSUE = 100;

function showUserReport({ id, about, received, name, email, comments }: UserReportRow): UserReport {
  const event = about === '' ? id : about;
  return {
    id,
    eventID: id,
    name,
    email,
    comments,
    dateCreated: new Date(received).toISOString(),
    event: { id: event, eventID: event },
  };
}

async function listOfProject(
  call: Call<'project', z.output<typeof pageQuery>, undefined>,
): Promise<UserReport[]> {
  const { context, tenant } = call;
  const project = tenant.project.id;
  const from = context.clock.now() - LONGEST_PERIOD_MS;
  const page = await pageByOffset(call, (rows) =>
    context.clickhouse.query(placesOfUserReports, { project, from, ...rows }),
  );
  if (page.length === 0) return [];
  const rows = await context.clickhouse.query(userReportsAt, { project, ...placesOf(page) });
  return rows.map(showUserReport);
}

async function listOfIssue({ context, tenant }: Call<'issue', undefined, undefined>): Promise<UserReport[]> {
  const hashes = await issueHashes(context, tenant.issue.id);
  if (hashes.length === 0) return [];
  const rows = await context.clickhouse.query(userReportsOfIssue, {
    project: tenant.project.id,
    hashes: [...hashes],
    from: context.clock.now() - LONGEST_PERIOD_MS,
    limit: MOST_OF_ISSUE,
  });
  return rows.map(showUserReport);
}

export const userReportRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: ['/api/0/projects/:org/:project/user-feedback/', '/api/0/projects/:org/:project/user-reports/'],
    summary: 'List what people said: reports on events and feedback, newest first',
    answers: { 200: z.array(userReportSchema) },
    access: { tenant: 'project', ...READ },
    query: pageQuery,
    handle: listOfProject,
  }),
  route({
    method: 'GET',
    path: ['/api/0/organizations/:org/issues/:issue/user-reports/', '/api/0/issues/:issue/user-reports/'],
    summary: 'List what people said about events of an issue, newest first',
    answers: { 200: z.array(userReportSchema) },
    access: { tenant: 'issue', ...READ },
    handle: listOfIssue,
  }),
];
