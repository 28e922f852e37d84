export interface FileKind {
  readonly name: string;
  /** Names in the data folder. */
  readonly places: readonly string[];
  readonly inBackup: string;
  /** What of a person it may hold, and how that is erased. */
  readonly erased: string;
  readonly gone: string;
}

/** Every kind of file that Culprit keeps in its data folder. A test looks into one for what is missing here. */
export const FILE_KINDS: readonly FileKind[] = [
  {
    name: 'PostgreSQL',
    places: ['postgres'],
    inBackup: 'table by table',
    erased: 'table by table',
    gone: 'never',
  },
  {
    name: 'ClickHouse',
    places: ['clickhouse'],
    inBackup: 'table by table',
    erased: 'table by table',
    gone: 'never',
  },
  {
    name: 'attachment, payload of a large record',
    places: ['files'],
    inBackup: 'copied',
    erased: 'with its row: by the sweep once nothing names it',
    gone: 'by the sweep, after eight days at the earliest',
  },
  {
    name: 'event log',
    places: ['log', 'kafka', 'spool'],
    inBackup: 'records that are not committed yet; not what an ingest has spooled',
    erased: 'with its segment',
    gone: 'an hour after all of a segment was consumed',
  },
  {
    name: 'snapshot of keys and settings',
    places: ['ingest'],
    inBackup: 'made again',
    erased: 'holds no person',
    gone: 'replaced at each change',
  },
  {
    name: 'secrets of the installation',
    places: ['secrets.json', 'first-run.json'],
    inBackup: 'those of the first account; the rest is made again',
    erased: 'holds the address of the first account',
    gone: 'never',
  },
  {
    name: 'what runs and where',
    places: ['run.json', 'ports.json', 'log.json', 'lock', 'lock.owner', 'control.sock', 'restoring.json'],
    inBackup: 'the choice of log; the rest is made again',
    erased: 'holds no person',
    gone: 'replaced at each start',
  },
];
