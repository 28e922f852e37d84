import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from '@culprit/runtime';
import type { Exit } from '../embedded-store.ts';
import { EmbeddedStoreError } from '../errors.ts';
import { BrokerProcess, type EmbeddedBroker } from './broker.ts';
import { kafkaJars } from './jars.ts';
import { lacksJava } from './java.ts';
import { clearOrphan } from './orphan.ts';
import { chooseFreePort } from './ports.ts';
import { type BrokerPlace, brokerSettings } from './settings.ts';
import { openCluster } from './storage.ts';

export interface EmbeddedKafkaOptions {
  /** Made when it is missing; belongs to one process at a time. */
  readonly dataFolder: string;
  /** Of the first broker. 0 or absent: a free one. */
  readonly port?: number;
  /** Brokers, each a controller too; the same for the life of the folder. 1 (the default) keeps one copy, 3 keep three. */
  readonly nodes?: 1 | 3;
  /** Each batch is on the disk before it is acknowledged, instead of in the page cache, which a power cut takes. Default false. */
  readonly flushesEach?: boolean;
  readonly logger: Logger;
}

export interface EmbeddedKafka {
  /** Addresses for a client, comma-separated. No password, no TLS: loopback only. */
  readonly brokers: string;
  readonly nodes: readonly EmbeddedBroker[];
  /** Resolves the first time that no broker runs, with how the last one ended. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Ends all brokers in order; resolves when they are gone. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * Starts Kafka in KRaft mode on 127.0.0.1 and resolves when every broker answers clients: some 5 s, and 10 s on a new folder. Each broker is a `java` process of about
 * 350 MB, which ends when this one is gone, however that went; the next start on the folder waits for that. A client's first calls may still hear that a
 * coordinator is not available, and shall be tried again.
 *
 * @throws EmbeddedStoreError `binaries_missing` (no java, no mvn, or Maven cannot fetch the jars), `in_use`, `folder_not_usable`, `start_failed`
 */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions): Promise<EmbeddedKafka> {
  const lack = await lacksJava();
  if (lack !== undefined) throw new EmbeddedStoreError('binaries_missing', `No Kafka: ${lack}.`);
  const jars = await kafkaJars();
  const folder = resolve(options.dataFolder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const cluster = await openCluster(folder, options.nodes ?? 1);
  const places = await choosePlaces(folder, cluster.nodes, options.port);
  const exited = Promise.withResolvers<Exit>();
  const brokers: BrokerProcess[] = [];
  const onExit = (exit: Exit): void => {
    if (!brokers.some((broker) => broker.isRunning)) exited.resolve(exit);
  };
  for (const place of places) {
    const settingsFile = await prepareFolder(place, places, options);
    brokers.push(new BrokerProcess({ place, cluster, jars, settingsFile, logger: options.logger, onExit }));
  }
  const stop = async (): Promise<void> => {
    await Promise.all(brokers.map((broker) => broker.stop()));
  };
  const started = await Promise.allSettled(brokers.map((broker) => broker.restart()));
  for (const result of started) {
    if (result.status === 'fulfilled') continue;
    await stop();
    throw result.reason;
  }
  const addresses = brokers.map(({ port }) => `127.0.0.1:${port}`).join(',');
  options.logger.info({ brokers: addresses, pids: brokers.map(({ pid }) => pid) }, 'embedded Kafka started');
  return { brokers: addresses, nodes: brokers, exited: exited.promise, stop };
}

async function choosePlaces(
  folder: string,
  nodes: number,
  port: number | undefined,
): Promise<readonly BrokerPlace[]> {
  const taken = new Set<number>(port === undefined ? [] : [port]);
  const places: BrokerPlace[] = [];
  for (let id = 1; id <= nodes; id += 1) {
    const isAsked = id === 1 && port !== undefined && port !== 0;
    places.push({
      id,
      port: isAsked ? port : await chooseFreePort(taken),
      controllerPort: await chooseFreePort(taken),
      folder: join(folder, `broker-${id}`),
    });
  }
  return places;
}

async function prepareFolder(
  place: BrokerPlace,
  all: readonly BrokerPlace[],
  { logger, flushesEach = false }: EmbeddedKafkaOptions,
): Promise<string> {
  const settingsFile = join(place.folder, 'server.properties');
  await mkdir(place.folder, { recursive: true });
  await clearOrphan(place.folder, settingsFile, logger);
  await writeFile(settingsFile, brokerSettings(place, all, { flushesEach }));
  return settingsFile;
}
