import { type CheckIn, checkInSchema, checkInStatusSchema, type Monitor, monitorSchema } from '@culprit/api';
import { z } from 'zod';
import { type Call, type Route, route } from '../access/route.ts';
import { LONGEST_PERIOD_MS } from '../periods.ts';
import { checkInsOfMonitor, monitorsOfProject } from '../queries/check-ins.ts';
import { pageByOffset } from './offset-page.ts';
import { pageQuery } from './query-schemas.ts';

const READ = { scope: ['project:read', 'event:read'], role: 'support' } as const;
const MONITORS = '/api/0/projects/:org/:project/monitors/';

type Paged = Call<'project', z.output<typeof pageQuery>, undefined>;

async function listMonitors(call: Paged): Promise<Monitor[]> {
  const { context, tenant } = call;
  const page = await pageByOffset(call, (rows) =>
    context.clickhouse.query(monitorsOfProject, {
      project: tenant.project.id,
      from: context.clock.now() - LONGEST_PERIOD_MS,
      ...rows,
    }),
  );
  return page.map(({ monitor, status, last, environments }) => ({
    slug: monitor,
    status: checkInStatusSchema.parse(status),
    lastCheckIn: new Date(last).toISOString(),
    environments: environments.filter((name) => name !== ''),
  }));
}

async function listCheckIns(call: Paged): Promise<CheckIn[]> {
  const { context, tenant, param } = call;
  const monitor = param('monitor').toLowerCase();
  const page = await pageByOffset(call, (rows) =>
    context.clickhouse.query(checkInsOfMonitor, {
      project: tenant.project.id,
      monitor,
      from: context.clock.now() - LONGEST_PERIOD_MS,
      ...rows,
    }),
  );
  return page.map((row) => ({
    id: row.id,
    monitor,
    status: checkInStatusSchema.parse(row.status),
    duration: row.duration === null ? null : Math.round(row.duration * 1_000),
    environment: row.environment || null,
    release: row.release || null,
    dateAdded: new Date(row.first).toISOString(),
    dateUpdated: new Date(row.last).toISOString(),
  }));
}

export const monitorRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: MONITORS,
    summary: 'List monitors of a project with what they said last',
    answers: { 200: z.array(monitorSchema) },
    access: { tenant: 'project', ...READ },
    query: pageQuery,
    handle: listMonitors,
  }),
  route({
    method: 'GET',
    path: `${MONITORS}:monitor/checkins/`,
    summary: 'List check-ins of a monitor, newest first',
    answers: { 200: z.array(checkInSchema) },
    access: { tenant: 'project', ...READ },
    query: pageQuery,
    handle: listCheckIns,
  }),
];
