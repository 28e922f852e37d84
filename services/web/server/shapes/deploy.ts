import type { Deploy, DeployReference } from '@culprit/api';
import type { Queryable } from '@culprit/postgres';
import { type DeployRow, findDeploys } from '../store/deploys.ts';

export function showDeployReference(row: DeployRow): DeployReference {
  return {
    id: row.id,
    number: Number(row.number),
    environment: row.environment,
    version: row.version,
    dateFinished: row.date_finished.toISOString(),
    projects: [...row.projects],
  };
}

export function showDeploy(row: DeployRow): Deploy {
  return {
    ...showDeployReference(row),
    name: row.name,
    url: row.url,
    dateStarted: row.date_started?.toISOString() ?? null,
    newIssues: Number(row.new_issues),
  };
}

/** Deploys that other things point at, by id. 0 and null mean none. */
export async function loadDeployReferences(
  db: Queryable,
  organizationId: string,
  ids: Iterable<string | null>,
): Promise<ReadonlyMap<string, DeployReference>> {
  const wanted = [...new Set(ids)].filter((id): id is string => id !== null && id !== '0');
  const rows = wanted.length === 0 ? [] : await findDeploys(db, organizationId, wanted);
  return new Map(rows.map((row) => [row.id, showDeployReference(row)]));
}
