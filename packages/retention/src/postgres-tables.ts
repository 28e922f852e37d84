/** How a backup treats a table. */
export type InBackup =
  | 'copied'
  /** Migrations write it again. */
  | 'bookkeeping'
  /** Says who works on what right now; means nothing elsewhere. */
  | 'momentary';

/** How the rows of a project are found; null: it has none there. */
export type OfProject =
  | { readonly column: string }
  /** Its `column` names rows of `table`, which have a `project_id`. */
  | { readonly column: string; readonly table: string }
  | null;

export interface PostgresTable {
  readonly name: string;
  readonly inBackup: InBackup;
  readonly ofProject: OfProject;
  /** Column that names the issue, where rows go with their issue. */
  readonly ofIssue?: string;
  /** Holds what identifies a person: what the erasure of one must look at. */
  readonly people: 'none' | 'accounts' | 'content';
  /** When rows are gone. */
  readonly gone: string;
}

const WITH_PROJECT = 'with its project';
const WITH_ISSUE = 'with its issue';
const BY_HAND = 'when somebody deletes it';

/**
 * Every table of PostgreSQL. The rows of a project are deleted in this order, so whoever names another stands before it. Tests demand that
 * no table is missing and that the order fits the foreign keys.
 */
export const POSTGRES_TABLES: readonly PostgresTable[] = [
  {
    name: 'issue_people',
    inBackup: 'copied',
    ofProject: { column: 'issue_id', table: 'issues' },
    ofIssue: 'issue_id',
    people: 'content', // keyed hashes
    gone: WITH_ISSUE,
  },
  {
    name: 'issue_activity',
    inBackup: 'copied',
    ofProject: { column: 'issue_id', table: 'issues' },
    ofIssue: 'issue_id',
    people: 'none',
    gone: WITH_ISSUE,
  },
  {
    name: 'outbox',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    ofIssue: 'issue_id',
    people: 'none',
    gone: '7 days after it was taken',
  },
  {
    name: 'issue_hashes',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    ofIssue: 'issue_id',
    people: 'none',
    gone: WITH_ISSUE,
  },
  {
    name: 'issues',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    ofIssue: 'id',
    people: 'content', // titles are the sender's
    gone: BY_HAND,
  },
  {
    name: 'discarded_hashes',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    people: 'content',
    gone: BY_HAND,
  },
  {
    name: 'deleted_events',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    people: 'none',
    gone: 'with the month of its hour',
  },
  {
    name: 'release_projects',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    people: 'none',
    gone: WITH_PROJECT,
  },
  {
    name: 'environments',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    people: 'none',
    gone: WITH_PROJECT,
  },
  {
    name: 'deploy_projects',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    people: 'none',
    gone: WITH_PROJECT,
  },
  {
    name: 'changes',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    people: 'none',
    gone: WITH_PROJECT,
  },
  {
    name: 'alert_deliveries',
    inBackup: 'copied',
    ofProject: { column: 'channel_id', table: 'alert_channels' },
    people: 'content',
    gone: 'with its channel',
  },
  {
    name: 'alert_channels',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    people: 'accounts',
    gone: BY_HAND,
  },
  {
    name: 'project_keys',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    people: 'none',
    gone: BY_HAND,
  },
  {
    name: 'former_project_slugs',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    people: 'none',
    gone: WITH_PROJECT,
  },
  {
    name: 'dead_letters',
    inBackup: 'copied',
    ofProject: { column: 'project_id' },
    people: 'content',
    gone: WITH_PROJECT,
  },
  { name: 'deletions', inBackup: 'copied', ofProject: null, people: 'none', gone: 'a year after it ended' },
  {
    name: 'projects',
    inBackup: 'copied',
    ofProject: { column: 'id' },
    people: 'none',
    gone: BY_HAND,
  },
  { name: 'deploys', inBackup: 'copied', ofProject: null, people: 'none', gone: 'never' },
  { name: 'releases', inBackup: 'copied', ofProject: null, people: 'none', gone: 'never' },
  { name: 'teams', inBackup: 'copied', ofProject: null, people: 'none', gone: 'never' },
  { name: 'members', inBackup: 'copied', ofProject: null, people: 'accounts', gone: BY_HAND },
  { name: 'web_sessions', inBackup: 'copied', ofProject: null, people: 'accounts', gone: 'when it expires' },
  { name: 'api_tokens', inBackup: 'copied', ofProject: null, people: 'accounts', gone: BY_HAND },
  { name: 'users', inBackup: 'copied', ofProject: null, people: 'accounts', gone: BY_HAND },
  { name: 'organizations', inBackup: 'copied', ofProject: null, people: 'none', gone: 'never' },
  { name: 'feature_flags', inBackup: 'copied', ofProject: null, people: 'none', gone: BY_HAND },
  { name: 'config_version', inBackup: 'copied', ofProject: null, people: 'none', gone: 'never' },
  { name: 'log_positions', inBackup: 'copied', ofProject: null, people: 'none', gone: 'never' },
  { name: 'log_losses', inBackup: 'copied', ofProject: null, people: 'none', gone: 'never' },
  // A month's quota goes on where it was.
  {
    name: 'quota_windows',
    inBackup: 'copied',
    ofProject: null,
    people: 'none',
    gone: 'a day after the window',
  },
  { name: 'maintenance_runs', inBackup: 'copied', ofProject: null, people: 'none', gone: 'never' },
  // A plan is made again from the records, which the backup holds, and its rows in ClickHouse are not in the backup.
  { name: 'batch_plans', inBackup: 'momentary', ofProject: null, people: 'content', gone: 'at its commit' },
  { name: 'partition_leases', inBackup: 'momentary', ofProject: null, people: 'none', gone: 'at its end' },
  { name: 'partition_consumers', inBackup: 'momentary', ofProject: null, people: 'none', gone: 'at its end' },
  {
    name: 'service_instances',
    inBackup: 'momentary',
    ofProject: null,
    people: 'none',
    gone: 'when it ended',
  },
  { name: 'schema_migrations', inBackup: 'bookkeeping', ofProject: null, people: 'none', gone: 'never' },
  { name: 'schema_state', inBackup: 'bookkeeping', ofProject: null, people: 'none', gone: 'never' },
];
