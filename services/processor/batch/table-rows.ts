/** In the order in which they are stored; `outcomes` last, since its rows are sums over the batch. */
export const TABLES = ['events', 'attachments', 'sessions', 'user_reports', 'check_ins', 'outcomes'] as const;

/** The rows of one table that a plan gives. */
export interface TableRows {
  readonly table: (typeof TABLES)[number];
  readonly columns: readonly string[];
  readonly body: Uint8Array;
  readonly rows: number;
  /** Each offset gives at most one row here. */
  readonly oneRowPerOffset: boolean;
}
