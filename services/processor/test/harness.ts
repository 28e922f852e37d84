import { randomBytes } from 'node:crypto';
import type { ClickHouse } from '@culprit/clickhouse';
import { type EventLog, openLmdbEventLog } from '@culprit/event-log';
import { openFileStore } from '@culprit/files';
import { type Database, sql } from '@culprit/postgres';
import {
  type EventId,
  encodeLogRecord,
  type ItemRecordHeader,
  type LogRecord,
  logKeyOf,
  parseEventId,
  parseProjectId,
} from '@culprit/protocol';
import { createRegistry, silentLogger } from '@culprit/runtime';
import {
  aLogRecord,
  anEvent,
  manualClock,
  NOON,
  temporaryFolder,
  testClickHouse,
  testDatabase,
} from '@culprit/testkit';
import { BATCH_LIMITS, BatchHandler } from '../consumer.ts';
import type { ProcessorContext } from '../context.ts';
import { createProcessorMetrics } from '../metrics.ts';
import { ProjectDirectory } from '../project-directory.ts';
import { type Finding, verify } from '../verify/verify.ts';

export const TOPIC = 'events';

/** Real stores and a real log, with one organization and one project; one partition unless told otherwise. */
export async function startProcessorHarness(options: { readonly partitions?: number } = {}) {
  const [postgres, clickhouse, folder] = await Promise.all([
    testDatabase(),
    testClickHouse(),
    temporaryFolder(),
  ]);
  const { organizationId, projectId } = await createProject(postgres.database);
  const log = await openLmdbEventLog({
    folder: `${folder.path}/log`,
    topic: TOPIC,
    partitions: options.partitions ?? 1,
  });
  const filesFolder = `${folder.path}/files`;
  const files = await openFileStore(filesFolder);
  const clock = manualClock(NOON);
  const context: ProcessorContext = {
    topic: TOPIC,
    database: postgres.database,
    clickhouse: clickhouse.clickhouse,
    files,
    projects: new ProjectDirectory(postgres.database, clock),
    clock,
    logger: silentLogger(),
    metrics: createProcessorMetrics(createRegistry()),
  };
  return {
    context,
    log,
    files,
    filesFolder,
    clock,
    organizationId,
    projectId,
    database: postgres.database,
    clickhouse: clickhouse.clickhouse,
    alarms: clickhouse.alarms,
    /** A processor as after a start: knows nothing. `overrides` puts faults in its stores. */
    processor: (overrides: Partial<ProcessorContext> = {}) =>
      new TestProcessor(log, { ...context, ...overrides }),
    append: (...events: readonly SentEvent[]) => append(log, projectId, events),
    /** Items that are no events. Resolves to the ids of their records. */
    appendItems: (...items: readonly SentItem[]) => appendItems(log, projectId, items),
    /** Records as they are, to the one partition. */
    appendRecords: (...records: readonly LogRecord[]) => appendRecords(log, records),
    verify: async (repair = false): Promise<readonly Finding[]> =>
      (await verify(log, context, { repair, onProgress: () => {} })).findings,
    stop: async () => {
      await log.close();
      await Promise.all([postgres.drop(), clickhouse.drop()]);
      await folder.remove();
    },
  };
}

export type ProcessorHarness = Awaited<ReturnType<typeof startProcessorHarness>>;

export interface SentEvent {
  readonly id?: EventId;
  /** Unix milliseconds; default noon of the test's day. */
  readonly received?: number;
  readonly event?: Readonly<Record<string, unknown>>;
}

async function append(log: EventLog, projectId: number, events: readonly SentEvent[]): Promise<EventId[]> {
  const project = parseProjectId(projectId);
  if (project === undefined) throw new Error('no project id');
  const records = events.map(({ id = eventId(), received = NOON, event = {} }) =>
    aLogRecord({ project_id: project, id, received, event: anEvent({ event_id: id, ...event }) }),
  );
  await log.append(
    records.map((record) => ({ key: logKeyOf(record.header), value: encodeLogRecord(record) })),
  );
  return records.map((record) => record.header.id);
}

export interface SentItem {
  readonly kind: ItemRecordHeader['kind'];
  /** Default: that of the kind. */
  readonly type?: string;
  readonly json: unknown;
  readonly header?: Partial<ItemRecordHeader>;
}

/** The record of an item, as ingest makes it. */
export function itemRecord(projectId: number, { kind, type = kind, json, header }: SentItem): LogRecord {
  const project = parseProjectId(projectId);
  if (project === undefined) throw new Error('no project id');
  return {
    header: {
      kind,
      project_id: project,
      id: eventId(),
      received: NOON,
      key_id: 1,
      item_type: type,
      ...header,
    },
    payload: Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)),
  };
}

async function appendItems(
  log: EventLog,
  projectId: number,
  items: readonly SentItem[],
): Promise<readonly EventId[]> {
  const records = items.map((item) => itemRecord(projectId, item));
  await appendRecords(log, records);
  return records.map(({ header }) => header.id);
}

async function appendRecords(log: EventLog, records: readonly LogRecord[]): Promise<void> {
  await log.append(
    records.map((record) => ({ key: logKeyOf(record.header), value: encodeLogRecord(record) })),
  );
}

export function eventId(): EventId {
  const id = parseEventId(randomBytes(16).toString('hex'));
  if (id === undefined) throw new Error('no event id');
  return id;
}

async function createProject(database: Database): Promise<{ organizationId: string; projectId: number }> {
  const organization = await database.one<{ id: string }>(sql`
    insert into organizations (slug, name, hash_secret) values ('harbor', 'Harbor', ${randomBytes(32)}) returning id`);
  const project = await database.one<{ id: number }>(sql`
    insert into projects (organization_id, slug, name) values (${organization.id}, 'web', 'web') returning id`);
  return { organizationId: organization.id, projectId: project.id };
}

/** Feeds batches to a handler by hand, so that a test decides when a batch begins and what happens in between. */
export class TestProcessor {
  readonly #log: EventLog;
  readonly #handler: BatchHandler;
  readonly #claimed = new Set<number>();

  constructor(log: EventLog, context: ProcessorContext) {
    this.#log = log;
    this.#handler = new BatchHandler(log, context, async () => {});
  }

  /** One batch of a partition, of at most `maxRecords`; resolves to the next position, or undefined when there is nothing. */
  async step(partition = 0, maxRecords = BATCH_LIMITS.maxRecords): Promise<number | undefined> {
    const position = await this.#handler.positionOf(partition);
    this.#claimed.add(partition);
    const records = await this.#log.read(partition, position, { ...BATCH_LIMITS, maxRecords });
    if (records.length === 0) return undefined;
    return this.#handler.handle(partition, position, records, new AbortController().signal);
  }

  /** Until every partition is empty. */
  async drain(maxRecords = BATCH_LIMITS.maxRecords): Promise<void> {
    for (let partition = 0; partition < this.#log.partitions; partition += 1) {
      while ((await this.step(partition, maxRecords)) !== undefined);
    }
  }
}

/** A ClickHouse whose `storeBlock` first asks `fault`; what that throws is what the store says. */
export function faultyClickHouse(
  clickhouse: ClickHouse,
  fault: { readonly before?: (block: StoredBlock) => void; readonly after?: (block: StoredBlock) => void },
): ClickHouse {
  return {
    ...clickhouse,
    storeBlock: async (block) => {
      fault.before?.(block);
      const result = await clickhouse.storeBlock(block);
      fault.after?.(block);
      return result;
    },
  };
}

type StoredBlock = Parameters<ClickHouse['storeBlock']>[0];

/** A database whose n-th transaction (from 1) fails: before anything, or after its commit (the answer is lost). */
export function faultyDatabase(
  database: Database,
  fault: (n: number) => { readonly before?: Error; readonly after?: Error } | undefined,
): Database {
  let n = 0;
  return {
    ...database,
    transaction: async (fn, options) => {
      n += 1;
      const faults = fault(n);
      if (faults?.before !== undefined) throw faults.before;
      const result = await database.transaction(fn, options);
      if (faults?.after !== undefined) throw faults.after;
      return result;
    },
  };
}

/** A database that refuses every statement of a transaction that `isPoison` points at, with `error`. */
export function poisonedDatabase(
  database: Database,
  isPoison: (text: string, values: string) => boolean,
  error: () => Error,
): Database {
  return {
    ...database,
    transaction: (fn, options) =>
      database.transaction((tx) => {
        const guard =
          <T extends Parameters<Database['execute']>, R>(run: (...args: T) => Promise<R>) =>
          async (...args: T): Promise<R> => {
            const [statement] = args;
            const values = JSON.stringify(statement.values, (_, value) =>
              typeof value === 'bigint' ? String(value) : value,
            );
            if (isPoison(statement.text, values)) throw error();
            return run(...args);
          };
        return fn({ ...tx, execute: guard(tx.execute), many: guard(tx.many) as typeof tx.many });
      }, options),
  };
}
