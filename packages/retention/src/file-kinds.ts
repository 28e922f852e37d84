export interface FileKind {
  readonly name: string;
  /** Below the data folder. */
  readonly place: string;
  readonly inBackup: string;
  /** What of a person it may hold, and how that is erased. */
  readonly erased: string;
  readonly gone: string;
}

/** Every kind of file that Culprit writes beside its two stores. */
export const FILE_KINDS: readonly FileKind[] = [
  {
    name: 'attachment',
    place: 'files/',
    inBackup: 'copied',
    erased: 'with its row of `attachments`, by the sweep',
    gone: 'within two days of its last row',
  },
  {
    name: 'payload of a large record',
    place: 'files/',
    inBackup: 'copied',
    erased: 'by the sweep; the payload itself is in `events`',
    gone: 'within two days of its commit, unless a dead letter still names it',
  },
  {
    name: 'event log',
    place: 'log/',
    inBackup: 'records that are not processed yet',
    erased: 'with its segment',
    gone: 'an hour after all of a segment was consumed',
  },
  {
    name: 'snapshot of keys and settings',
    place: 'ingest/',
    inBackup: 'made again',
    erased: 'holds no person',
    gone: 'replaced at each change',
  },
  {
    name: 'secrets of the installation',
    place: 'secrets.json, first-run.json, ports.json, run.json',
    inBackup: 'those of the first account; the rest is made again',
    erased: 'holds the address of the first account',
    gone: 'never',
  },
];
