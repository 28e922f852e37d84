import { type Queryable, sql } from '@culprit/postgres';
import { readProjectSettings } from '@culprit/settings';
import type { Snapshot } from './snapshot.ts';

/** Where snapshots come from. Both reject when it cannot be asked. */
export interface ConfigSource {
  version(): Promise<number>;
  load(now: number): Promise<Snapshot>;
}

interface ProjectRow {
  readonly id: number;
  readonly organization_id: string;
  readonly status: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

interface SnapshotRow {
  readonly version: string;
  readonly projects: readonly ProjectRow[];
  readonly keys: Snapshot['keys'];
}

/** Settings that ingest has no use for and that may be long. */
const NOT_FOR_INGEST = [
  'fingerprintingRules',
  'groupingEnhancements',
  'highlightContext',
  'highlightTags',
  'self',
];

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
          (select coalesce(json_agg(json_build_object(
             'id', id, 'organization_id', organization_id::text, 'status', status,
             'settings', case when jsonb_typeof(settings) = 'object' then settings - ${NOT_FOR_INGEST}::text[] else '{}' end)), '[]')
           from projects) as projects,
          (select coalesce(json_agg(json_strip_nulls(json_build_object(
             'id', id, 'project_id', project_id, 'public_key', public_key, 'is_active', is_active,
             'rate_limit', case when rate_limit_count > 0 and rate_limit_window > 0
               then json_build_object('count', rate_limit_count, 'window', rate_limit_window) end))), '[]')
           from project_keys) as keys`);
      const { version, projects, keys } = row;
      return {
        format: 1,
        version: Number(version),
        taken_at: now,
        projects: projects.map(toSnapshotProject),
        keys,
      };
    },
  };
}

function toSnapshotProject(row: ProjectRow): Snapshot['projects'][number] {
  const { allowedDomains } = readProjectSettings({ allowedDomains: row.settings.allowedDomains }).settings;
  return { ...row, ...(allowedDomains.includes('*') ? {} : { allowed_domains: [...allowedDomains] }) };
}
