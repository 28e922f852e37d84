import { ClickHouseError, isTransient } from './errors.ts';

/** A batch for one table: it becomes one block, one part, there wholly or not at all. */
export interface Block {
  readonly table: string;
  /** Columns in the order in which `body` holds them; with `log_partition`, `log_offset` and `received` among them. */
  readonly columns: readonly string[];
  /** RowBinary. Must not change until the call has ended. */
  readonly body: Uint8Array;
  /** Rows in `body`. */
  readonly rows: number;
  /** Name of the event log; with partition and `first` it makes the token. */
  readonly topic: string;
  readonly partition: number;
  /** Offsets of the first and the last record of the batch: the same for every table and every attempt. */
  readonly first: number;
  readonly last: number;
  /** Unix milliseconds: `receivedFrom` <= received < `receivedTo` for every row, within one month (UTC). */
  readonly receivedFrom: number;
  readonly receivedTo: number;
  /** Each log offset gives one row at most; read-back then counts offsets too. */
  readonly oneRowPerOffset: boolean;
  /** Somebody, perhaps this process in an earlier life, may have stored it already: read back first. */
  readonly takeOver: boolean;
}

export interface StoreResult {
  /** `inserted` at the first try; `found` by reading back; `repeated` with the same token; `repaired` with another one. */
  readonly how: 'inserted' | 'found' | 'repeated' | 'repaired';
}

/** Rows that are there for a block. */
export interface ReadBack {
  readonly rows: number;
  /** Different offsets among them. */
  readonly offsets: number;
}

/** What the procedure needs of ClickHouse; tests put faults in between. */
export interface BlockTransport {
  insert(block: Block, token: string): Promise<void>;
  readBack(block: Block): Promise<ReadBack>;
  /** Whether an insert of this block, by any token of it, runs now. */
  isRunning(token: string): Promise<boolean>;
  /** Waits a little before `isRunning` is asked again. */
  pause(): Promise<void>;
}

/** Something that must not happen has: a person should look. Nothing is deleted by itself. */
export interface BlockAlarm {
  readonly code: 'block_partial' | 'block_surplus';
  readonly table: string;
  readonly token: string;
  readonly expectedRows: number;
  readonly found: ReadBack;
}

/** Tokens may be eaten as often as a process dies between a token and its part; this many times in a row is no accident. */
const REPAIR_TOKENS = 8;
const RUNNING_POLLS = 300;

/** The token of a block: from its place in the log, never from the attempt or the owner. */
export function tokenOf(block: Pick<Block, 'topic' | 'partition' | 'first'>): string {
  return `${block.topic}/${block.partition}/${block.first}`;
}

/**
 * Stores a block exactly once, whatever happened before: insert; after anything but a clear success (or on a take-over) wait for a running
 * insert of it, read back, and only what is not there is inserted again – with the same token, so that a late twin is refused, and if that
 * stored nothing, with a repair token: ClickHouse notes a token before it renames the part into place, so a kill between the two
 * makes every repeat of that token a "duplicate" of nothing.
 *
 * @throws ClickHouseError transient ones (call again with `takeOver`), `block_partial`, `block_lost`, `block_invalid`, or the refusal of ClickHouse.
 */
export async function storeBlock(
  transport: BlockTransport,
  block: Block,
  onAlarm: (alarm: BlockAlarm) => void,
): Promise<StoreResult> {
  checkBlock(block);
  if (block.rows === 0) return { how: 'inserted' };
  const token = tokenOf(block);
  let refusal: unknown;
  if (!block.takeOver) {
    try {
      await transport.insert(block, token);
      return { how: 'inserted' };
    } catch (error) {
      refusal = error;
    }
  }
  await waitUntilQuiet(transport, token);
  if (await isStored(transport, block, onAlarm)) return { how: 'found' };
  // A clear "no" with nothing stored: the same block would be refused again.
  if (refusal !== undefined && !isTransient(refusal)) throw refusal;

  await transport.insert(block, token);
  if (await isStored(transport, block, onAlarm)) return { how: 'repeated' };
  return repair(transport, block, token, onAlarm);
}

async function repair(
  transport: BlockTransport,
  block: Block,
  token: string,
  onAlarm: (alarm: BlockAlarm) => void,
): Promise<StoreResult> {
  for (let n = 1; n <= REPAIR_TOKENS; n++) {
    // A twin whose token made ours a duplicate may still be writing its part.
    await waitUntilQuiet(transport, token);
    if (await isStored(transport, block, onAlarm)) return { how: 'repeated' };
    await transport.insert(block, `${token}/r${n}`);
    if (await isStored(transport, block, onAlarm)) return { how: 'repaired' };
  }
  throw new ClickHouseError('block_lost', `${block.table} ${token}: inserts succeed and store nothing`);
}

async function waitUntilQuiet(transport: BlockTransport, token: string): Promise<void> {
  for (let polls = 0; await transport.isRunning(token); polls++) {
    if (polls === RUNNING_POLLS) {
      throw new ClickHouseError('block_running', `${token}: an insert of it does not end`);
    }
    await transport.pause();
  }
}

/** Whether all rows are there. Too many are an alarm, but nothing is missing; some are an alarm and an error. */
async function isStored(
  transport: BlockTransport,
  block: Block,
  onAlarm: (alarm: BlockAlarm) => void,
): Promise<boolean> {
  const found = await transport.readBack(block);
  if (found.rows === 0) return false;
  const distinct = block.oneRowPerOffset ? found.offsets : found.rows;
  if (found.rows === block.rows && distinct === block.rows) return true;
  const code = distinct < block.rows ? 'block_partial' : 'block_surplus';
  const token = tokenOf(block);
  onAlarm({ code, table: block.table, token, expectedRows: block.rows, found });
  if (code === 'block_surplus') return true;
  throw new ClickHouseError(
    code,
    `${block.table} ${token}: ${found.rows} rows of ${found.offsets} offsets are there, ${block.rows} expected`,
  );
}

const NAME = /^[a-z_][a-z0-9_]{0,63}$/;

function checkBlock(block: Block): void {
  const complain = (what: string): never => {
    throw new ClickHouseError('block_invalid', `${block.table} ${tokenOf(block)}: ${what}`);
  };
  if (![block.table, ...block.columns].every((name) => NAME.test(name))) complain('not a name');
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(block.topic)) complain('not a topic');
  if (
    ![block.rows, block.partition, block.first, block.last].every((n) => Number.isSafeInteger(n) && n >= 0)
  ) {
    complain('rows, partition or offsets are no counts');
  }
  if (block.last < block.first) complain('last is before first');
  if (!(block.receivedFrom < block.receivedTo)) complain('received range is empty');
  if (monthOf(block.receivedFrom) !== monthOf(block.receivedTo - 1)) {
    complain('received range crosses a month, which would make two parts');
  }
}

function monthOf(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 7);
}
