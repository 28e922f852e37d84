import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmbeddedBroker, type EmbeddedKafka, startEmbeddedKafka } from '@culprit/embedded';
import { type EventLog, openKafkaEventLog } from '@culprit/event-log';
import { type Database, sql } from '@culprit/postgres';
import { silentLogger } from '@culprit/runtime';
import {
  eventually,
  type TemporaryFolder,
  type TestClickHouse,
  type TestDatabase,
  temporaryFolder,
  testClickHouse,
  testDatabase,
} from '@culprit/testkit';
import kafkajs, { type Admin } from 'kafkajs';
import { ServiceProcess } from './service-process.ts';
import { readPositions, recordsInSpool, untilLogIsEmpty } from './until-log-is-empty.ts';

const ROOT = join(import.meta.dirname, '../..');
const PARTITIONS = 4;
/** A processor that is silent for so long loses its partitions. */
export const SESSION_MS = 3_000;

/** One ingest and several processors, as processes, on a Kafka of their own that a test may do anything to. */
export class KafkaStack {
  readonly kafka: EmbeddedKafka;
  readonly clickhouseUrl: string;
  readonly dsn: string;
  readonly processors: ServiceProcess[] = [];
  #ingest: ServiceProcess;
  readonly #postgres: TestDatabase;
  readonly #clickhouse: TestClickHouse;
  readonly #folder: TemporaryFolder;
  #env: Readonly<Record<string, string>>;

  private constructor(parts: {
    kafka: EmbeddedKafka;
    ingest: ServiceProcess;
    postgres: TestDatabase;
    clickhouse: TestClickHouse;
    folder: TemporaryFolder;
    env: Readonly<Record<string, string>>;
    dsn: string;
  }) {
    this.kafka = parts.kafka;
    this.#ingest = parts.ingest;
    this.#postgres = parts.postgres;
    this.#clickhouse = parts.clickhouse;
    this.#folder = parts.folder;
    this.#env = parts.env;
    this.clickhouseUrl = parts.clickhouse.url;
    this.dsn = parts.dsn;
  }

  /** @throws when a part does not start; then nothing runs, and the folder stays for its logs. */
  static async start(options: { readonly nodes: 1 | 3; readonly processors: number }): Promise<KafkaStack> {
    const [postgres, clickhouse, folder] = await Promise.all([
      testDatabase(),
      testClickHouse(),
      temporaryFolder(),
    ]);
    await chmod(folder.path, 0o711);
    await mkdir(join(folder.path, 'faults'));
    const kafka = await startEmbeddedKafka({
      dataFolder: join(folder.path, 'kafka'),
      nodes: options.nodes,
      logger: silentLogger(),
    });
    const env = {
      DATABASE_URL: postgres.url,
      CLICKHOUSE_URL: clickhouse.url,
      CULPRIT_DATA: folder.path,
      CULPRIT_FAULT_DIR: join(folder.path, 'faults'),
      CULPRIT_INGEST_PORT: '0',
      CULPRIT_OPERATIONS_PORT: '0',
      CULPRIT_INGEST_MIN_FREE_BYTES: '0',
      CULPRIT_LOG: 'kafka',
      CULPRIT_LOG_PARTITIONS: String(PARTITIONS),
      CULPRIT_KAFKA_SINGLE: options.nodes === 1 ? '1' : '0',
      KAFKA_BROKERS: kafka.brokers,
      KAFKA_SESSION_TIMEOUT_MS: String(SESSION_MS),
    };
    const { projectId, publicKey } = await createProject(postgres.database);
    const ingest = await ServiceProcess.start('ingest', env, join(folder.path, 'ingest.log')).catch(
      async (error) => {
        await kafka.stop();
        throw error;
      },
    );
    const dsn = `http://${publicKey}@127.0.0.1:${ingest.facts.port}/${projectId}`;
    const stack = new KafkaStack({ kafka, ingest, postgres, clickhouse, folder, env, dsn });
    try {
      for (let at = 0; at < options.processors; at += 1) await stack.addProcessor();
    } catch (error) {
      await stack.#stopProcesses();
      throw error;
    }
    return stack;
  }

  async addProcessor(): Promise<ServiceProcess> {
    const log = join(this.#folder.path, `processor-${this.processors.length}.log`);
    const processor = await ServiceProcess.start('processor', this.#env, log);
    this.processors.push(processor);
    return processor;
  }

  /** Ends the services and starts them with other variables; ingest has the same port as before. */
  async restart(env: Readonly<Record<string, string>>): Promise<void> {
    const port = String(this.#ingest.facts.port);
    await Promise.all([this.#ingest, ...this.processors].map((service) => service.stop()));
    const processors = this.processors.splice(0).length;
    this.#env = { ...this.#env, CULPRIT_INGEST_PORT: port, ...env };
    this.#ingest = await ServiceProcess.start('ingest', this.#env, join(this.#folder.path, 'ingest.log'));
    for (let at = 0; at < processors; at += 1) await this.addProcessor();
  }

  /** Runs a command-line tool of the processor. */
  tool(script: string, ...args: readonly string[]): Promise<ToolResult> {
    return runTool(script, args, { ...this.#env, CULPRIT_FAULT_DIR: '' });
  }

  /** Waits until a batch stands at a fault point; resolves to the processor that has it and the function that lets it go on. */
  async hold(
    point: string,
  ): Promise<{ readonly processor: ServiceProcess; readonly release: () => Promise<void> }> {
    const folder = join(this.#folder.path, 'faults');
    await writeFile(join(folder, `${point}.armed`), '');
    const hit = await eventually(
      `a batch at ${point}`,
      async () =>
        (await readdir(folder)).find((name) => name.startsWith(`${point}.`) && name.endsWith('.hit')),
      { timeoutMs: 60_000 },
    );
    const pid = Number(hit.split('.').at(-2));
    const processor = this.processors.find((of) => of.pid === pid);
    if (processor === undefined) throw new Error(`process ${pid} is none of the processors`);
    return { processor, release: () => rm(join(folder, hit), { force: true }) };
  }

  /** The broker that leads partition 0. */
  async leader(): Promise<EmbeddedBroker> {
    const { topics } = await this.#asAdmin((admin) => admin.fetchTopicMetadata({ topics: [this.#topic] }));
    const leader = topics[0]?.partitions.find(({ partitionId }) => partitionId === 0)?.leader;
    const broker = this.kafka.nodes.find(({ id }) => id === leader);
    if (broker === undefined) throw new Error('partition 0 has no leader');
    return broker;
  }

  /** Offset behind the last record of a partition. */
  async endOf(partition: number): Promise<number> {
    const ends = await this.#asAdmin((admin) => admin.fetchTopicOffsets(this.#topic));
    return Number(ends.find((of) => of.partition === partition)?.high ?? 0);
  }

  /** Has Kafka delete the records of a partition below an offset, as its retention would. */
  async dropBelow(partition: number, offset: number): Promise<void> {
    const topic = this.#topic;
    await this.#asAdmin(async (admin) => {
      await admin.fetchTopicMetadata({ topics: [topic] }); // else it knows no leaders
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    });
  }

  /** Records committed so far, by partition. */
  positions(): Promise<ReadonlyMap<number, number>> {
    return readPositions(this.#postgres.database, this.#topic);
  }

  async committed(): Promise<number> {
    return [...(await this.positions()).values()].reduce((sum, next) => sum + next, 0);
  }

  /** Resolves when everything in the log is committed and nothing waits in the spool. Nothing may be sent any more. */
  async untilEmpty(): Promise<void> {
    const log = await this.#openLog();
    try {
      await untilLogIsEmpty({ log, database: this.#postgres.database, spooled: () => this.spooled() });
    } finally {
      await log.close();
    }
  }

  /** Records in the spool. */
  spooled(): Promise<number> {
    return recordsInSpool(this.#ingest.facts);
  }

  /** `culprit verify`. */
  verify(): Promise<ToolResult> {
    return this.tool('verify-main.ts');
  }

  async stop(): Promise<void> {
    await this.#stopProcesses();
    await Promise.all([this.#postgres.drop(), this.#clickhouse.drop()]);
    const keep = process.env.CULPRIT_KEEP_FAULTS;
    if (keep === undefined || keep === '') await this.#folder.remove();
    else await access(this.#folder.path);
  }

  async #stopProcesses(): Promise<void> {
    try {
      await Promise.all([this.#ingest, ...this.processors].map((service) => service.stop()));
    } finally {
      await this.kafka.stop();
    }
  }

  get #topic(): string {
    return `culprit-${this.#env.CULPRIT_LOG_TOPIC ?? 'events'}`;
  }

  async #asAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
    // A broker that hangs takes connections and answers nothing: another one is asked soon.
    const timeouts = { connectionTimeout: 1_000, requestTimeout: 2_000, authenticationTimeout: 2_000 };
    const admin = new kafkajs.Kafka({
      brokers: this.kafka.brokers.split(','),
      ...timeouts,
      logLevel: 0,
    }).admin();
    await admin.connect();
    return use(admin).finally(() => admin.disconnect());
  }

  #openLog(): Promise<EventLog> {
    return openKafkaEventLog({
      brokers: this.kafka.brokers.split(','),
      topic: this.#topic,
      partitions: Number(this.#env.CULPRIT_LOG_PARTITIONS),
      firstOffset: Number(this.#env.CULPRIT_LOG_FIRST_OFFSET ?? 0),
      isSingle: this.kafka.nodes.length === 1,
    });
  }
}

export interface ToolResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a command-line tool of the processor. */
export async function runTool(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ToolResult> {
  const child = spawn(process.execPath, [join(ROOT, 'services/processor', script), ...args], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise<number>((resolve) => child.once('close', (exit) => resolve(exit ?? -1)));
  return { code, output };
}

/** One organization with one project. */
export async function createProject(
  database: Database,
): Promise<{ organizationId: string; projectId: number; publicKey: string }> {
  const organization = await database.one<{ id: string }>(sql`
    insert into organizations (slug, name, hash_secret) values ('harbor', 'Harbor', ${randomBytes(32)}) returning id`);
  const project = await database.one<{ id: number }>(sql`
    insert into projects (organization_id, slug, name) values (${organization.id}, 'shop', 'Shop') returning id`);
  const publicKey = randomBytes(16).toString('hex');
  await database.execute(
    sql`insert into project_keys (project_id, public_key, name) values (${project.id}, ${publicKey}, 'Default')`,
  );
  return { organizationId: organization.id, projectId: project.id, publicKey };
}
