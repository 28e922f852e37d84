import type { ReleaseHealth } from '@culprit/api';
import type { WebContext } from './context.ts';
import { releaseHealth, type SessionCounts } from './queries/sessions.ts';
import { crashFreeRate, sessionsByStatus } from './session-numbers.ts';
import type { HealthOf } from './shapes/release.ts';
import type { ReleaseRow } from './store/releases.ts';

const HOUR_MS = 3_600_000;
/** A release is adopted when it has this share of the sessions of the last six hours. */
const ADOPTED = 0.1;
/** Sessions may begin so far ahead of our clock. */
const AHEAD_MS = 120_000;

/** Health of releases in their projects: of the last 24 hours, adoption stage of the last six. */
export async function readReleaseHealth(
  context: WebContext,
  releases: readonly ReleaseRow[],
  environments: readonly string[],
): Promise<HealthOf> {
  const projects = [...new Set(releases.flatMap((release) => release.projects.map(({ id }) => id)))];
  if (projects.length === 0) return () => healthOf(undefined, undefined, 0);
  const now = context.clock.now();
  const since = async (hours: number): Promise<ReadonlyMap<string, SessionCounts>> => {
    const rows = await context.clickhouse.query(releaseHealth, {
      projects,
      environments: [...environments],
      releases: releases.map(({ version }) => version),
      from: now - hours * HOUR_MS,
      to: now + AHEAD_MS,
    });
    return new Map(rows.map((row) => [`${row.project} ${row.version}`, row]));
  };
  const [day, recent] = await Promise.all([since(24), since(6)]);
  return (project, version) => {
    const key = `${project} ${version}`;
    const all = recent.get(`${project} `)?.sessions ?? 0;
    const share = all === 0 ? 0 : (recent.get(key)?.sessions ?? 0) / all;
    return healthOf(day.get(key), day.get(`${project} `), share);
  };
}

function healthOf(
  own: SessionCounts | undefined,
  all: SessionCounts | undefined,
  recentShare: number,
): ReleaseHealth {
  const [users, sessions] = [own?.all_users ?? 0, own?.sessions ?? 0];
  const [allUsers, allSessions] = [all?.all_users ?? 0, all?.sessions ?? 0];
  return {
    hasHealthData: own !== undefined,
    adoption: percentOf(users, allUsers),
    sessionsAdoption: percentOf(sessions, allSessions),
    crashFreeUsers: percent(own === undefined ? null : crashFreeRate(own, 'user')),
    crashFreeSessions: percent(own === undefined ? null : crashFreeRate(own, 'session')),
    totalUsers24h: users,
    totalSessions24h: sessions,
    totalProjectUsers24h: allUsers,
    totalProjectSessions24h: allSessions,
    sessionsCrashed: own?.all_crashed ?? 0,
    sessionsErrored: own === undefined ? 0 : sessionsByStatus(own).errored,
    adoptionStage: recentShare >= ADOPTED ? 'adopted' : 'low_adoption',
  };
}

function percentOf(part: number, whole: number): number | null {
  return whole === 0 ? null : percent(part / whole);
}

function percent(fraction: number | null): number | null {
  return fraction === null ? null : fraction * 100;
}
