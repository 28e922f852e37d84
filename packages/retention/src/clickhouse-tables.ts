/** A column of a sort key with its type, for placeholders. */
export interface KeyColumn {
  readonly name: string;
  readonly type: string;
}

export interface ClickHouseTable {
  readonly name: string;
  /** By month of `received`; else the table is one piece. */
  readonly isMonthly: boolean;
  /** The sort key and then the place in the log: the order in which a backup walks through it. Begins with `project_id`. */
  readonly key: readonly KeyColumn[];
  /** Expression for the bytes of a row, about. */
  readonly rowBytes: string;
  /** Whether rows go when their project keeps things for less time than the whole month is kept. */
  readonly isPerRow: boolean;
  /** Whether rows go with their issue: by `grouping_hash`, or with the events they belong to. */
  readonly ofIssue: 'hash' | 'event' | null;
  readonly people: 'none' | 'content';
  readonly gone: string;
}

const PROJECT: KeyColumn = { name: 'project_id', type: 'UInt32' };
const HASH: KeyColumn = { name: 'grouping_hash', type: 'UInt64' };
const RECEIVED: KeyColumn = { name: 'received', type: "DateTime64(3, 'UTC')" };
const PLACE: readonly KeyColumn[] = [
  { name: 'log_partition', type: 'UInt16' },
  { name: 'log_offset', type: 'UInt64' },
];

/** Every table of ClickHouse. */
export const CLICKHOUSE_TABLES: readonly ClickHouseTable[] = [
  {
    name: 'events',
    isMonthly: true,
    key: [PROJECT, HASH, RECEIVED, ...PLACE],
    rowBytes: 'length(payload) + 1000',
    isPerRow: true,
    ofIssue: 'hash',
    people: 'content',
    gone: "after its project's days, or with its month",
  },
  {
    name: 'attachments',
    isMonthly: true,
    key: [PROJECT, { name: 'event_id', type: 'UUID' }, RECEIVED, ...PLACE],
    rowBytes: '400',
    isPerRow: true,
    ofIssue: 'event',
    people: 'content', // names of files
    gone: 'as its event',
  },
  {
    name: 'outcomes',
    isMonthly: true,
    key: [
      PROJECT,
      { name: 'minute', type: "DateTime('UTC')" },
      { name: 'outcome', type: 'String' },
      { name: 'reason', type: 'String' },
      { name: 'category', type: 'String' },
      ...PLACE,
    ],
    rowBytes: '120 + 24 * length(record_ids)',
    isPerRow: false, // sums, and what `verify` compares with
    ofIssue: null,
    people: 'none',
    gone: 'with its month',
  },
  {
    name: 'sessions',
    isMonthly: true,
    key: [
      PROJECT,
      { name: 'minute', type: "DateTime('UTC')" },
      { name: 'environment', type: 'String' },
      { name: 'release', type: 'String' },
      ...PLACE,
    ],
    rowBytes: '150 + 8 * (length(users) + length(errored_users) + length(errored_sids))',
    isPerRow: true,
    ofIssue: null,
    people: 'content', // keyed hashes
    gone: "after its project's days, or with its month",
  },
  {
    name: 'check_ins',
    isMonthly: true,
    key: [PROJECT, { name: 'monitor', type: 'String' }, RECEIVED, ...PLACE],
    rowBytes: '150',
    isPerRow: true,
    ofIssue: null,
    people: 'none',
    gone: "after its project's days, or with its month",
  },
  {
    name: 'user_reports',
    isMonthly: true,
    key: [PROJECT, { name: 'event_id', type: 'UUID' }, RECEIVED, ...PLACE],
    rowBytes: '200 + length(comments)',
    isPerRow: true,
    ofIssue: 'event',
    people: 'content',
    gone: 'as its event',
  },
  {
    name: 'exemplars',
    isMonthly: false,
    key: [PROJECT, HASH, RECEIVED, ...PLACE],
    rowBytes: 'length(payload) + 1000',
    isPerRow: false,
    ofIssue: 'hash',
    people: 'content',
    gone: 'with its issue',
  },
];
