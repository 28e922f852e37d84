import { createWriteStream, type WriteStream } from 'node:fs';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { type EmbeddedKafka, startEmbeddedKafka } from '@culprit/embedded';
import { openKafkaEventLog } from '@culprit/event-log';
import { sql } from '@culprit/postgres';
import { silentLogger } from '@culprit/runtime';
import {
  type TemporaryFolder,
  type TestBucket,
  type TestClickHouse,
  type TestDatabase,
  temporaryFolder,
  testBucket,
  testClickHouse,
  testDatabase,
} from '@culprit/testkit';
import { type ListeningSocket, openListeningSocket } from '../../services/local/listening-socket.ts';
import type { RunningPart } from '../../services/local/part.ts';
import { inRoot } from '../../services/local/repository.ts';
import { startServiceProcess } from '../../services/local/service-process.ts';
import { createProject, runTool, type ToolResult } from '../faults/kafka-stack.ts';
import { gaugeOf, recordsInSpool, untilLogIsEmpty } from '../faults/until-log-is-empty.ts';

/** How many of each there are; the first of each is on the first machine, and so on. */
const FLEET = { ingest: 2, processor: 3, alerts: 2, web: 2 } as const;
export type Kind = keyof typeof FLEET;
export const KINDS = Object.keys(FLEET) as readonly Kind[];

const PARTITIONS = 6;
const NO_SIGNAL = new AbortController().signal;

/** One process of the fleet, in its place: the machine whose folder it has, and the socket that outlives it. */
interface Place {
  readonly kind: Kind;
  readonly machine: number;
  readonly socket: ListeningSocket | undefined;
  part: RunningPart;
}

interface Stores {
  readonly postgres: TestDatabase;
  readonly clickhouse: TestClickHouse;
  readonly kafka: EmbeddedKafka;
  readonly bucket: TestBucket;
  readonly folder: TemporaryFolder;
}

/**
 * Several processes of each kind on one PostgreSQL, one ClickHouse, one Kafka and one bucket, as several machines would run them: each reads the same file of settings and
 * has a data folder that no other sees. The sockets are held from outside, as systemd does.
 */
export class Fleet {
  readonly clickhouseUrl: string;
  readonly organizationId: string;
  readonly #stores: Stores;
  readonly #settings: string;
  readonly #output: WriteStream;
  readonly #places: Place[] = [];
  readonly #project: { readonly projectId: number; readonly publicKey: string };

  private constructor(
    stores: Stores,
    settings: string,
    project: { readonly organizationId: string; readonly projectId: number; readonly publicKey: string },
  ) {
    this.clickhouseUrl = stores.clickhouse.url;
    this.organizationId = project.organizationId;
    this.#stores = stores;
    this.#settings = settings;
    this.#project = project;
    this.#output = createWriteStream(join(stores.folder.path, 'services.log'));
  }

  static async start(): Promise<Fleet> {
    const stores = await startStores();
    const project = await createProject(stores.postgres.database);
    const fleet = new Fleet(stores, await writeSettings(stores), project);
    for (const kind of KINDS) {
      for (let machine = 0; machine < FLEET[kind]; machine += 1) await fleet.#add(kind, machine);
    }
    return fleet;
  }

  /** One for each ingest. */
  get dsns(): readonly string[] {
    const { projectId, publicKey } = this.#project;
    return this.#portsOf('ingest').map((port) => `http://${publicKey}@127.0.0.1:${port}/${projectId}`);
  }

  /** One for each web. */
  get pages(): readonly string[] {
    return this.#portsOf('web').map((port) => `http://127.0.0.1:${port}`);
  }

  get database(): TestDatabase['database'] {
    return this.#stores.postgres.database;
  }

  pidsOf(kind: Kind): readonly number[] {
    return this.#placesOf(kind).map(({ part }) => part.pid);
  }

  /** Replaces the processes of a kind one after the other: the new one works before the old one finishes, and the old one is gone before the next is touched. */
  async roll(kind: Kind): Promise<void> {
    for (const place of this.#placesOf(kind)) {
      const old = place.part;
      place.part = await this.#launch(kind, place.machine, place.socket);
      await (old.drain?.() ?? old.stop());
    }
  }

  /** How many partitions each processor says it has. */
  partitionsByProcessor(): Promise<readonly number[]> {
    const gauge = 'culprit_processor_partitions';
    return Promise.all(this.#placesOf('processor').map(({ part }) => gaugeOf(part.facts ?? {}, gauge)));
  }

  async untilEmpty(): Promise<void> {
    const log = await openKafkaEventLog({
      brokers: this.#stores.kafka.brokers.split(','),
      topic: 'culprit-events',
      partitions: PARTITIONS,
      isSingle: true,
    });
    try {
      await untilLogIsEmpty({
        log,
        database: this.database,
        spooled: async () => {
          const counts = this.#placesOf('ingest').map(({ part }) => recordsInSpool(part.facts ?? {}));
          return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
        },
      });
    } finally {
      await log.close();
    }
  }

  /** `culprit verify`, with the settings of the fleet. */
  async verify(): Promise<ToolResult> {
    return runTool('verify-main.ts', [], await this.#envOf(0));
  }

  /** Files that lie on a machine's own disk instead of in the bucket. */
  async filesOnMachines(): Promise<readonly string[]> {
    const names = await Promise.all(
      [0, 1, 2].map((machine) => readdir(join(this.#folderOf(machine), 'files')).catch(() => [])),
    );
    return names.flat();
  }

  /** Messages that alerts has made so far, by idempotency key; and facts that wait for one. */
  async told(): Promise<{ readonly keys: readonly string[]; readonly waiting: number }> {
    const deliveries = await this.database.many<{ key: string }>(
      sql`select idempotency_key as key from alert_deliveries order by id`,
    );
    const { waiting } = await this.database.one<{ waiting: number }>(
      sql`select count(*)::int as waiting from outbox where taken_at is null`,
    );
    return { keys: deliveries.map(({ key }) => key), waiting };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#places.map(({ part }) => part.stop()));
    for (const { socket } of this.#places) socket?.close();
    const { kafka, bucket, postgres, clickhouse, folder } = this.#stores;
    await kafka.stop();
    await bucket.stop();
    await Promise.all([postgres.drop(), clickhouse.drop()]);
    this.#output.end();
    if ((process.env.CULPRIT_KEEP_FAULTS ?? '') === '') await folder.remove();
  }

  async #add(kind: Kind, machine: number): Promise<void> {
    const isServer = kind === 'ingest' || kind === 'web';
    const socket = isServer ? await openListeningSocket('127.0.0.1', 0) : undefined;
    this.#places.push({ kind, machine, socket, part: await this.#launch(kind, machine, socket) });
  }

  async #launch(kind: Kind, machine: number, socket: ListeningSocket | undefined): Promise<RunningPart> {
    return startServiceProcess({
      script: inRoot('services', kind, 'main.ts'),
      env: await this.#envOf(machine),
      socket: socket?.fd,
      onLine: (line) => this.#output.write(`${kind}-${machine} ${line}\n`),
      signal: NO_SIGNAL,
    });
  }

  /** The file's settings; only the folder differs, because these machines share one disk. */
  async #envOf(machine: number): Promise<Readonly<Record<string, string>>> {
    const settings = parseEnv(await readFile(this.#settings, 'utf8')) as Record<string, string>;
    return { PATH: process.env.PATH ?? '', ...settings, CULPRIT_DATA: this.#folderOf(machine) };
  }

  #folderOf(machine: number): string {
    return join(this.#stores.folder.path, `machine-${machine}`);
  }

  #placesOf(kind: Kind): readonly Place[] {
    return this.#places.filter((place) => place.kind === kind);
  }

  #portsOf(kind: Kind): readonly number[] {
    return this.#placesOf(kind).map(({ part }) => Number(part.facts?.port));
  }
}

async function startStores(): Promise<Stores> {
  const folder = await temporaryFolder();
  await chmod(folder.path, 0o711);
  const [postgres, clickhouse, bucket, kafka] = await Promise.all([
    testDatabase(),
    testClickHouse(),
    testBucket(),
    startEmbeddedKafka({ dataFolder: join(folder.path, 'kafka'), logger: silentLogger() }),
  ]);
  return { postgres, clickhouse, kafka, bucket, folder };
}

/** `deploy/culprit.env` as an operator fills it in for several machines. @returns its path. */
async function writeSettings({ postgres, clickhouse, kafka, bucket, folder }: Stores): Promise<string> {
  const path = join(folder.path, 'culprit.env');
  const settings = {
    ...parseEnv(await readFile(inRoot('deploy/culprit.env'), 'utf8')),
    DATABASE_URL: postgres.url,
    CLICKHOUSE_URL: clickhouse.url,
    CULPRIT_LOG: 'kafka',
    CULPRIT_LOG_PARTITIONS: String(PARTITIONS),
    KAFKA_BROKERS: kafka.brokers,
    // One broker here, and one machine's disk.
    CULPRIT_KAFKA_SINGLE: '1',
    CULPRIT_INGEST_MIN_FREE_BYTES: '0',
    ...bucket.env,
    CULPRIT_ALERTS_ALLOW_PRIVATE: '1',
    CULPRIT_ALERTS_WINDOW_SECONDS: '1',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(path, lines.join(''), { mode: 0o600 });
  return path;
}
