import { type ClickHouse, ClickHouseError, count, defineQuery } from '@culprit/clickhouse';
import { type Database, PostgresError, sql } from '@culprit/postgres';
import type { EventId, LogRecord } from '@culprit/protocol';
import { eventually } from '@culprit/testkit';
import { z } from 'zod';
import type { ProcessorContext } from '../context.ts';
import {
  eventId,
  faultyClickHouse,
  faultyDatabase,
  itemRecord,
  type ProcessorHarness,
  type TestProcessor,
} from './harness.ts';

/** What became of events that were appended: the worst that is true of any of them. */
export type Verdict = 'lost' | 'doubled' | 'exactly once';

export interface Judgement {
  readonly verdict: Verdict;
  readonly appended: number;
  /** Rows in `events`. */
  readonly rows: number;
  /** Sum of `times_seen` over all issues. */
  readonly counted: number;
  /** Sum of the `accepted` outcomes. */
  readonly accepted: number;
}

/** The stores that a scenario works on. `test/sabotage` puts broken ones in their place. */
export interface Stage {
  readonly harness: ProcessorHarness;
  readonly database: Database;
  readonly clickhouse: ClickHouse;
  /** Breaks a ClickHouse of the scenario's own as the stage's is broken. */
  sabotaged(clickhouse: ClickHouse): ClickHouse;
  /** A processor as after a start; `faults` lie over the stores of the stage. */
  processor(faults?: Partial<ProcessorContext>): TestProcessor;
}

export interface Sabotage {
  readonly database?: (database: Database) => Database;
  readonly clickhouse?: (clickhouse: ClickHouse) => ClickHouse;
}

export function stageOf(harness: ProcessorHarness, sabotage: Sabotage = {}): Stage {
  const database = sabotage.database?.(harness.database) ?? harness.database;
  const sabotaged = (clickhouse: ClickHouse): ClickHouse => sabotage.clickhouse?.(clickhouse) ?? clickhouse;
  const clickhouse = sabotaged(harness.clickhouse);
  return {
    harness,
    database,
    clickhouse,
    sabotaged,
    processor: (faults = {}) => harness.processor({ database, clickhouse, ...faults }),
  };
}

const killed = new PostgresError('connection', 'killed');

/** Stories in which something goes wrong; each ends with an empty log, and every event must then be there exactly once. */
export const SCENARIOS = {
  'a processor dies between store and commit': async (stage) => {
    const ids = await stage.harness.append({}, {}, {});
    await dieBeforeCommit(stage, 2);
    await stage.processor().drain();
    return judge(stage.harness, ids);
  },

  'a processor dies between store and commit, and the next one reads longer batches': async (stage) => {
    const ids = await stage.harness.append({}, {});
    await dieBeforeCommit(stage, 2);
    const more = await stage.harness.append({}, {});
    await stage.processor().drain();
    return judge(stage.harness, [...ids, ...more]);
  },

  'a processor dies in the middle of a commit': async (stage) => {
    const ids = await stage.harness.append({}, {});
    const database = failingAt(stage.database, (text) => text.includes('update issues set'));
    await stage.processor({ database }).step().catch(expectKilled);
    await stage.processor().drain();
    return judge(stage.harness, ids);
  },

  'the insert of a processor that died arrives after its successor has stored the batch': async (stage) => {
    const ids = await stage.harness.append({}, {});
    const late: (() => Promise<unknown>)[] = [];
    const clickhouse: ClickHouse = {
      ...stage.clickhouse,
      storeBlock: async (block) => {
        late.push(() => stage.clickhouse.storeBlock(block));
        throw killed;
      },
    };
    await stage.processor({ clickhouse }).step().catch(expectKilled);
    await stage.processor().drain();
    await Promise.all(late.map((insert) => insert()));
    return judge(stage.harness, ids);
  },

  'ClickHouse dies between the token of a block and its part': async (stage) => {
    const ids = await stage.harness.append({}, {});
    const clickhouse = faultyClickHouse(stage.clickhouse, { after: throwKilled });
    await stage.processor({ clickhouse }).step().catch(expectKilled);
    await eatRows(stage.harness);
    await stage.processor().drain();
    return judge(stage.harness, ids);
  },

  'a processor sleeps while another one commits its batch': async (stage) => {
    const ids = await stage.harness.append({}, {});
    let isAsleep = true;
    const clickhouse: ClickHouse = {
      ...stage.clickhouse,
      storeBlock: async (block) => {
        if (isAsleep) {
          isAsleep = false;
          await stage.processor().drain();
        }
        return stage.clickhouse.storeBlock(block);
      },
    };
    await stage
      .processor({ clickhouse })
      .step()
      .catch(() => {});
    return judge(stage.harness, ids);
  },

  'a sender sends an event again, in the same batch, in the next one and after a restart': async (stage) => {
    const id = eventId();
    await stage.harness.append({ id }, { id });
    const processor = stage.processor();
    await processor.drain();
    await stage.harness.append({ id });
    await processor.drain();
    await stage.harness.append({ id });
    await stage.processor().drain();
    return judge(stage.harness, [id]);
  },

  'a record of outcomes lies in the log twice, and once more after a restart': async (stage) => {
    const { harness } = stage;
    const ids = await harness.append({});
    const record = discardedBySender(harness.projectId);
    const processor = stage.processor();
    await harness.appendRecords(record);
    await processor.drain();
    await harness.appendRecords(record);
    await processor.drain();
    await harness.appendRecords(record);
    await stage.processor().drain();
    return judge(harness, ids, { discarded: 1 });
  },

  'ClickHouse refuses one event among them for good': async (stage) => {
    const mark = 'POISONED-VALUE';
    const before = await stage.harness.append({}, {});
    await stage.harness.append({ event: { extra: { mark } } });
    const after = await stage.harness.append({}, {});
    const clickhouse = faultyClickHouse(stage.harness.clickhouse, {
      before: (block) => {
        if (Buffer.from(block.body).includes(mark)) throw new ClickHouseError('27', 'injected');
      },
    });
    // A processor that cannot go on is started again, a few times.
    const processor = stage.processor({ clickhouse: stage.sabotaged(clickhouse) });
    for (let attempt = 0; attempt < 5; attempt += 1) await processor.drain().catch(() => {});
    return judge(stage.harness, [...before, ...after]);
  },

  'PostgreSQL is put back to an older copy': async (stage) => {
    const ids = await stage.harness.append({}, {}, {});
    await stage.processor().drain(2);
    const restore = await backUpPostgres(stage.harness.database);
    const more = await stage.harness.append({}, {}, {}, {}, {});
    await stage.processor().drain(3);
    await restore();
    await stage.processor().drain(4);
    return judge(stage.harness, [...ids, ...more], { isOutcomeExact: false });
  },
} as const satisfies Readonly<Record<string, (stage: Stage) => Promise<Judgement>>>;

export type ScenarioName = keyof typeof SCENARIOS;

/** What an SDK has told of an event that it did not send. */
function discardedBySender(projectId: number): LogRecord {
  const { header } = itemRecord(projectId, { kind: 'session', json: {} });
  const { project_id, id, received } = header;
  const outcome = { outcome: 'client_discard', reason: 'sample_rate', category: 'error' } as const;
  return {
    header: {
      kind: 'outcomes',
      project_id,
      id,
      received,
      outcomes: [{ ...outcome, key_id: 1, quantity: 1 }],
    },
    payload: new Uint8Array(),
  };
}

function throwKilled(): void {
  throw killed;
}

/** A scenario goes on only when the processor ended for the reason that was arranged. */
function expectKilled(error: unknown): void {
  const { cause } = error as { readonly cause?: unknown };
  if (error !== killed && cause !== killed) throw error;
}

async function dieBeforeCommit(stage: Stage, records: number): Promise<void> {
  const database = faultyDatabase(stage.database, (n) => (n === 2 ? { before: killed } : undefined));
  await stage.processor({ database }).step(0, records).catch(expectKilled);
}

/** A database whose connection is lost at the first statement of a transaction that `isFatal` points at. */
function failingAt(database: Database, isFatal: (text: string) => boolean): Database {
  return {
    ...database,
    transaction: (fn, options) =>
      database.transaction((tx) => {
        const execute: typeof tx.execute = async (statement) => {
          if (isFatal(statement.text)) throw killed;
          return tx.execute(statement);
        };
        return fn({ ...tx, execute });
      }, options),
  };
}

const openMutations = defineQuery({
  name: 'test_scenario_mutations',
  params: {},
  row: z.object({ open: count }),
  sql: 'SELECT count() AS open FROM system.mutations WHERE database = currentDatabase() AND NOT is_done',
});
const rowsById = defineQuery({
  name: 'test_scenario_rows',
  params: {},
  row: z.object({ event_id: z.string(), rows: count }),
  sql: `SELECT replaceAll(toString(event_id), '-', '') AS event_id, count() AS rows FROM events GROUP BY event_id`,
});
const outcomesOfErrors = defineQuery({
  name: 'test_scenario_outcomes',
  params: {},
  row: z.object({ accepted: count, discarded: count }),
  sql: `SELECT sumIf(quantity, outcome = 'accepted') AS accepted, sumIf(quantity, outcome = 'client_discard') AS discarded
    FROM outcomes WHERE category = 'error'`,
});

/** What a kill between the token and the part leaves: the token is known, the rows are not there. */
async function eatRows({ clickhouse }: ProcessorHarness): Promise<void> {
  await clickhouse.command('ALTER TABLE events DELETE WHERE 1');
  await eventually('the rows are gone', async () => {
    const [mutations] = await clickhouse.query(openMutations, {});
    return mutations?.open === 0 && (await clickhouse.query(rowsById, {})).length === 0;
  });
}

/**
 * Looks at what is there, past all sabotage. `isOutcomeExact: false` where outcomes are not promised exactly (restored copies: a replay
 * cannot know which outcomes it stored before). `discarded`: events of which there are only outcomes that somebody else has told.
 */
async function judge(
  { clickhouse, database }: ProcessorHarness,
  ids: readonly EventId[],
  { isOutcomeExact = true, discarded = 0 } = {},
): Promise<Judgement> {
  const stored = await clickhouse.query(rowsById, {});
  const byId = new Map(stored.map((row) => [row.event_id, row.rows]));
  const rows = stored.reduce((sum, row) => sum + row.rows, 0);
  const [outcomes] = await clickhouse.query(outcomesOfErrors, {});
  const accepted = outcomes?.accepted ?? 0;
  const told = outcomes?.discarded ?? 0;
  const { counted } = await database.one<{ counted: number }>(
    sql`select coalesce(sum(times_seen), 0)::int as counted from issues`,
  );
  const sums = [rows, counted, ...(isOutcomeExact ? [accepted] : [])];
  const isLost = ids.some((id) => !byId.has(id)) || sums.some((sum) => sum < ids.length) || told < discarded;
  const isDoubled = sums.some((sum) => sum > ids.length) || told > discarded;
  const verdict = isLost ? 'lost' : isDoubled ? 'doubled' : 'exactly once';
  return { verdict, appended: ids.length, rows, counted, accepted };
}

/** Copies the tables that a commit touches, as a backup would; resolves to what puts them back. */
export async function backUpPostgres(database: Database): Promise<() => Promise<void>> {
  const tables = [
    'log_positions',
    'batch_plans',
    'issues',
    'issue_hashes',
    'issue_people',
    'release_projects',
  ];
  for (const table of tables) {
    await database.execute({ text: `create table backup_${table} as table ${table}`, values: [] });
  }
  return () =>
    database.transaction(async (tx) => {
      await tx.execute({ text: 'set local session_replication_role = replica', values: [] });
      for (const table of [...tables].reverse())
        await tx.execute({ text: `delete from ${table}`, values: [] });
      for (const table of tables) {
        const override = table === 'issues' ? 'overriding system value' : '';
        await tx.execute({
          text: `insert into ${table} ${override} select * from backup_${table}`,
          values: [],
        });
      }
      await tx.execute({ text: 'delete from outbox', values: [] });
    });
}
