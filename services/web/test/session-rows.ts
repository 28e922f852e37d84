import { type ClickHouse, RowBinaryWriter } from '@culprit/clickhouse';
import { NOON } from '@culprit/testkit';

/** A row of `sessions`, as a batch of the processor leaves it; what is left out is nothing. */
export interface SessionFacts {
  readonly project: number;
  /** Unix milliseconds. Default: a minute before noon of 20 November 2026. */
  readonly minute?: number;
  readonly environment?: string;
  readonly release?: string;
  readonly started?: number;
  /** Summed up by the sender. */
  readonly errored?: number;
  readonly crashed?: number;
  readonly abnormal?: number;
  readonly unhandled?: number;
  /** Sessions that were told apart; `errored` holds the others. */
  readonly sids?: Partial<Record<End, readonly number[]>>;
  readonly users?: readonly number[];
  readonly faultyUsers?: Partial<Record<End, readonly number[]>>;
}

const ENDS = ['errored', 'crashed', 'abnormal', 'unhandled'] as const;
type End = (typeof ENDS)[number];

const COLUMNS = [
  ...['project_id', 'minute', 'environment', 'release', 'received', 'log_partition', 'log_offset', 'started'],
  ...['errored', 'crashed', 'abnormal', 'unhandled', 'errored_sids', 'crashed_sids', 'abnormal_sids'],
  ...['unhandled_sids', 'users', 'errored_users', 'crashed_users', 'abnormal_users', 'unhandled_users'],
];

let nextOffset = 1;

/** Stores sessions as the processor does: one block. */
export async function storeSessions(clickhouse: ClickHouse, rows: readonly SessionFacts[]): Promise<void> {
  const first = nextOffset;
  const writer = new RowBinaryWriter();
  for (const row of rows) {
    writer.uint32(row.project);
    writer.dateTime(row.minute ?? NOON - 60_000);
    writer.string(row.environment ?? 'production');
    writer.string(row.release ?? 'shop@1');
    writer.dateTime64(NOON);
    writer.uint16(0);
    writer.uint64(nextOffset++);
    writer.uint64(row.started ?? 0);
    for (const end of ENDS) writer.uint64(row[end] ?? 0);
    for (const end of ENDS) writer.uint64s(row.sids?.[end] ?? []);
    writer.uint64s(row.users ?? []);
    for (const end of ENDS) writer.uint64s(row.faultyUsers?.[end] ?? []);
    writer.endRow();
  }
  await clickhouse.storeBlock({
    table: 'sessions',
    columns: COLUMNS,
    body: writer.body(),
    rows: writer.rows,
    topic: 'test-sessions',
    partition: 0,
    first,
    last: nextOffset - 1,
    receivedFrom: NOON,
    receivedTo: NOON + 1,
    oneRowPerOffset: true,
    takeOver: false,
  });
}
