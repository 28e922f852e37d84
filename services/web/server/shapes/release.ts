import type { Release, ReleaseHealth } from '@culprit/api';
import type { Queryable } from '@culprit/postgres';
import { type DeployRow, findDeploys } from '../store/deploys.ts';
import type { ReleaseRow } from '../store/releases.ts';
import { showDeployReference } from './deploy.ts';
import { showProjectReference } from './organization.ts';

/** How a release did in a project. */
export type HealthOf = (projectId: number, version: string) => ReleaseHealth;

/** Releases for an answer; their last deploys come in one query. */
export async function showReleases(
  db: Queryable,
  organizationId: string,
  rows: readonly ReleaseRow[],
  healthOf?: HealthOf,
): Promise<Release[]> {
  const ids = rows.flatMap((row) => (row.last_deploy_id === null ? [] : [row.last_deploy_id]));
  const deploys = ids.length === 0 ? [] : await findDeploys(db, organizationId, ids);
  const byId = new Map(deploys.map((deploy) => [deploy.id, deploy]));
  return rows.map((row) => showRelease(row, byId.get(row.last_deploy_id ?? ''), healthOf));
}

function showRelease(
  row: ReleaseRow,
  lastDeploy: DeployRow | undefined,
  healthOf: HealthOf | undefined,
): Release {
  const { name, short, build } = partsOf(row.version);
  return {
    id: row.id,
    version: row.version,
    shortVersion: short,
    ref: row.ref,
    url: row.url,
    status: row.status,
    dateCreated: row.date_created.toISOString(),
    dateReleased: row.date_released?.toISOString() ?? null,
    firstEvent: row.first_event?.toISOString() ?? null,
    lastEvent: row.last_event?.toISOString() ?? null,
    newGroups: Number(row.new_issues),
    commitCount: 0,
    deployCount: Number(row.deploy_count),
    lastCommit: null,
    lastDeploy:
      lastDeploy === undefined
        ? null
        : {
            ...showDeployReference(lastDeploy),
            dateStarted: lastDeploy.date_started?.toISOString() ?? null,
            name: lastDeploy.name,
          },
    authors: [],
    owner: null,
    data: {},
    versionInfo: { package: name, version: { raw: row.version }, description: short, buildHash: build },
    projects: row.projects.map((project) => ({
      ...showProjectReference(project),
      ...(healthOf === undefined ? {} : { healthData: healthOf(project.id, row.version) }),
    })),
  };
}

/** `web@1.4.2+build`: what people call it is `1.4.2+build`; of a commit's hash twelve digits. */
function partsOf(version: string): { name: string | null; short: string; build: string | null } {
  const at = version.lastIndexOf('@');
  const name = at > 0 ? version.slice(0, at) : null;
  const rest = at > 0 ? version.slice(at + 1) : version;
  if (/^[0-9a-f]{40}$/.test(rest)) return { name, short: rest.slice(0, 12), build: rest };
  const plus = rest.indexOf('+');
  return { name, short: rest, build: plus > 0 ? rest.slice(plus + 1) : null };
}
