import { type Queryable, sql } from '@culprit/postgres';
import type { Snapshot } from './snapshot.ts';

/** Where snapshots come from. Both reject when it cannot be asked. */
export interface ConfigSource {
  version(): Promise<number>;
  load(now: number): Promise<Snapshot>;
}

interface SnapshotRow {
  readonly version: string;
  readonly projects: Snapshot['projects'];
  readonly keys: Snapshot['keys'];
}

export function postgresSource(database: Queryable): ConfigSource {
  return {
    version: async () => {
      const row = await database.one<{ version: string }>(sql`select version from config_version`);
      return Number(row.version);
    },
    // One statement sees one state of the database: version, projects and keys belong together.
    load: async (now) => {
      const row = await database.one<SnapshotRow>(sql`
        select
          (select version from config_version) as version,
          (select coalesce(json_agg(json_strip_nulls(json_build_object(
             'id', id, 'organization_id', organization_id::text, 'status', status,
             'allowed_domains', coalesce(settings -> 'allowedDomains', settings -> 'allowed_domains')))), '[]')
           from projects) as projects,
          (select coalesce(json_agg(json_build_object(
             'id', id, 'project_id', project_id, 'public_key', public_key, 'is_active', is_active)), '[]')
           from project_keys) as keys`);
      const { projects, keys } = row;
      return { format: 1, version: Number(row.version), taken_at: now, projects, keys };
    },
  };
}
