import { type Queryable, sql } from '@culprit/postgres';
import { readProjectSettings, readStoredSettings } from '@culprit/settings';
import type { ProjectFacts } from '../stages/types.ts';

interface Row {
  readonly id: number;
  readonly organization_id: string;
  readonly settings: unknown;
  readonly hash_secret: Buffer;
}

/** Facts of the projects that exist among `ids`. */
export async function readProjects(
  database: Queryable,
  ids: readonly number[],
): Promise<readonly ProjectFacts[]> {
  const rows = await database.many<Row>(sql`
    select p.id, p.organization_id, p.settings, o.hash_secret
    from projects p join organizations o on o.id = p.organization_id
    where p.id = any(${ids}::int[]) and p.status = 'active'`);
  return rows.map((row) => ({
    id: row.id,
    organizationId: row.organization_id,
    hashSecret: row.hash_secret,
    // What cannot be read is named by ingest, which reads the settings of all projects.
    settings: readProjectSettings(row.settings).settings,
    retentionDays: readStoredSettings(row.settings).settings.eventRetention ?? undefined,
  }));
}

/** Moves with every change of a project or key. */
export async function readConfigVersion(database: Queryable): Promise<string> {
  return (await database.one<{ version: string }>(sql`select version from config_version`)).version;
}
