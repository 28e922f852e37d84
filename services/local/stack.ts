import { join } from 'node:path';
import type { Logger } from '@culprit/runtime';
import { type AllPorts, choosePorts } from './choose-ports.ts';
import { buildClient, ClientBuildError } from './client-build.ts';
import { type LocalConfig, originOf } from './config.ts';
import { type ControlServer, serveControl } from './control/control-server.ts';
import { carryOutRoll, controlPath, type RollOptions } from './control/roll-order.ts';
import type { DataFolder, FirstRunFile, RunFile, Secrets } from './data-folder.ts';
import { prepareFirstRun, waitUntilAccepted } from './first-run.ts';
import { keepHealthy } from './keep-healthy.ts';
import { type ListeningSocket, openListeningSocket } from './listening-socket.ts';
import { type SettledLog, settleLog } from './log/settle-log.ts';
import type { LogPrinter } from './log-printer.ts';
import { Part, type RunningPart } from './part.ts';
import { identityOf } from './process-identity.ts';
import { type ReleaseFolder, readReleaseFolder } from './release/release-folder.ts';
import { root } from './repository.ts';
import { exchangeServices, RollError, rollServices, type ServiceName } from './roll.ts';
import { RunFileKeeper } from './run-file-keeper.ts';
import { serviceEnvironment } from './service-environment.ts';
import { startServiceProcess } from './service-process.ts';
import { embeddedUrl, migrateDatabase, migrateEvents, startKafka, startStore } from './stores.ts';

/** A processor makes short-lived objects by the batch: with the usual 16 MiB for them, a tenth of its time went into collecting them too often. */
const NODE_FLAGS: Readonly<Partial<Record<ServiceName, readonly string[]>>> = {
  processor: ['--max-semi-space-size=32'],
};

type StoreName = 'postgres' | 'clickhouse' | 'kafka';

export interface StackOptions {
  readonly config: LocalConfig;
  readonly folder: DataFolder;
  readonly logger: Logger;
  /** One that writes under another name into the same log. */
  readonly loggerOf: (name: string) => Logger;
  readonly printer: LogPrinter;
}

export interface StartedStack {
  /** Whether organization and account were made now. */
  readonly isFirstRun: boolean;
  readonly firstRun: FirstRunFile;
  readonly log: SettledLog;
}

/** Everything that `npm start` runs: started side by side where nothing must come first, stopped in reverse. */
export class Stack {
  readonly #options: StackOptions;
  readonly #stopping = new AbortController();
  readonly #stores = new Map<StoreName, Part>();
  readonly #services = new Map<ServiceName, Part>();
  readonly #sockets = new Map<ServiceName, ListeningSocket>();
  #release: ReleaseFolder = { root, runtime: process.execPath, takesOver: true, manifest: undefined };
  #isRolling = false;
  /** Starts wait for this. */
  #held: Promise<void> | undefined;
  #control: ControlServer | undefined;
  readonly #runFile: RunFileKeeper;

  constructor(options: StackOptions) {
    this.#options = options;
    this.#runFile = new RunFileKeeper(options.folder);
  }

  /**
   * Resolves when the DSN accepts events and the pages answer.
   *
   * @throws where a store cannot start, a migration fails, or a port that was asked for is taken.
   */
  async start(): Promise<StartedStack> {
    const { config, folder, logger } = this.#options;
    const secrets = await folder.secrets();
    const ports = await choosePorts(config, await folder.ports(), logger);
    await folder.savePorts(ports);
    const ingestOrigin = originOf(loopbackOf(config.host), ports.ingest);
    const run: RunFile = {
      supervisor: identityOf(process.pid),
      root,
      url: config.publicUrl ?? originOf(config.host, ports.web),
      ingestUrl: config.publicUrl ?? originOf(config.host, ports.ingest),
      databaseUrl: config.databaseUrl ?? embeddedUrl('postgres', ports.postgres, secrets.postgres),
      clickhouseUrl: config.clickhouseUrl ?? embeddedUrl('clickhouse', ports.clickhouse, secrets.clickhouse),
      processes: {},
    };
    await this.#runFile.begin(run);
    if (config.release !== undefined) this.#release = await readReleaseFolder(config.release);
    for (const name of ['web', 'ingest'] as const)
      this.#sockets.set(name, await openListeningSocket(config.host, ports[name]));

    const building = this.#buildPages();
    const database = this.#startDatabase(run, ports, secrets);
    const { selfEnvironment } = config;
    const first = database.then(() =>
      prepareFirstRun({ folder, ...run, ingestOrigin, selfEnvironment, logger }),
    );
    const log = this.#startLog(run, ports, database);
    const env = Promise.all([first, log]).then(([{ selfDsn }, { variables }]) => ({
      ...serviceEnvironment({ config, folder, run, ports, selfDsn }),
      ...variables,
    }));
    const events = this.#startStore('clickhouse', ports, secrets, config.clickhouseUrl);
    const migrated = Promise.all([database, events]).then(() =>
      migrateEvents(run, logger, this.#release.root),
    );
    const accepting = this.#startIngest({ first, env, ingestOrigin });
    const services = [
      Promise.all([env, migrated]).then(([variables]) => this.#startService('processor', variables)),
      Promise.all([env, migrated, building]).then(([variables]) => this.#startService('web', variables)),
      Promise.all([env, migrated]).then(([variables]) => this.#startService('alerts', variables)),
    ];
    const [{ created, firstRun }] = await Promise.all([first, accepting, ...services]);
    await this.#takeOrders();
    return { isFirstRun: created, firstRun, log: await log };
  }

  /**
   * Replaces services by processes of `release`, or of the release that runs, one after the other. From then on what dies is started from it.
   *
   * @returns when all new ones work; `gone` resolves when the last old process is gone.
   * @throws RollError, ReleaseFolderError: then everything runs as it ran.
   */
  async roll(options: RollOptions): Promise<{ readonly gone: Promise<void> }> {
    if (this.#isRolling) throw new RollError('services are being replaced already');
    this.#isRolling = true;
    try {
      const before = this.#release;
      if (options.release !== undefined) this.#release = await readReleaseFolder(options.release);
      const revert = (): void => {
        this.#release = before;
      };
      const { logger } = this.#options;
      logger.info({ release: this.#release.root, services: options.services }, 'replacing services');
      if (!options.overlap) {
        const held = Promise.withResolvers<void>();
        this.#held = held.promise;
        await exchangeServices({ ...options, parts: this.#services, release: held.resolve });
        return { gone: Promise.resolve() };
      }
      return await rollServices({ ...options, parts: this.#services, revert, logger });
    } finally {
      this.#isRolling = false;
    }
  }

  /** Services first, all at once: each finishes what it has; then the stores. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#services.values()].map((part) => part.stop()));
    await Promise.all([...this.#stores.values()].map((part) => part.stop()));
    this.#closeAll();
    await this.#runFile.remove();
  }

  /** Ends all at once; the data survive it as they survive a crash. */
  kill(): void {
    this.#stopping.abort();
    for (const part of [...this.#services.values(), ...this.#stores.values()]) part.kill();
  }

  #closeAll(): void {
    this.#control?.close();
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  async #takeOrders(): Promise<void> {
    const { folder, logger } = this.#options;
    const path = await controlPath(folder);
    this.#control = await serveControl({
      path,
      logger,
      carryOut: (request, answer) => carryOutRoll((options) => this.roll(options), request, answer),
    });
    await this.#runFile.change((run) => ({ ...run, control: path }));
  }

  /** Without new pages events still come in, and the old pages, where there are any, still show them. */
  async #buildPages(): Promise<void> {
    const { config, logger } = this.#options;
    try {
      await buildClient({ env: config.env, onStart: () => logger.info('building the pages') });
    } catch (error) {
      if (!(error instanceof ClientBuildError)) throw error;
      logger.error({ err: error }, 'the pages cannot be built, going on without the new ones');
    }
  }

  async #startDatabase(run: RunFile, ports: AllPorts, secrets: Secrets): Promise<void> {
    const { config, logger } = this.#options;
    await this.#startStore('postgres', ports, secrets, config.databaseUrl);
    await migrateDatabase(run.databaseUrl, logger, this.#release.root);
  }

  /** Settles which log the events go to, and starts Kafka where that is ours to do. */
  async #startLog(run: RunFile, ports: AllPorts, database: Promise<void>): Promise<SettledLog> {
    const { config, folder, logger, loggerOf } = this.#options;
    const start = (): Promise<RunningPart> =>
      startKafka({ dataFolder: folder.file('kafka'), port: ports.kafka, logger: loggerOf('kafka') });
    const log = await settleLog({
      wish: config.logWish,
      folder,
      env: config.env,
      kafkaPort: ports.kafka,
      database: database.then(() => run),
      withKafka: async (use) => {
        const kafka = await start();
        return use().finally(() => kafka.stop());
      },
      logger,
    });
    await this.#runFile.change((now) => ({ ...now, log: log.variables }));
    if (log.choice.place === 'embedded-kafka') {
      const onChange = (running: RunningPart | undefined): Promise<void> =>
        this.#runFile.note('kafka', running);
      const part = new Part({ name: 'kafka', logger, start, onChange });
      this.#stores.set('kafka', part);
      await part.startOnce();
    }
    return log;
  }

  async #startIngest(options: {
    first: Promise<{ firstRun: FirstRunFile }>;
    env: Promise<Readonly<Record<string, string | undefined>>>;
    ingestOrigin: string;
  }): Promise<void> {
    const { firstRun } = await options.first;
    await this.#startService('ingest', await options.env);
    await waitUntilAccepted(firstRun.dsn, options.ingestOrigin, this.#stopping.signal);
    if (!this.#stopping.signal.aborted) await this.#options.folder.saveFirstRun(firstRun);
  }

  async #startStore(
    name: 'postgres' | 'clickhouse',
    ports: AllPorts,
    secrets: Secrets,
    external: string | undefined,
  ): Promise<void> {
    if (external !== undefined) return;
    const { folder, logger, loggerOf } = this.#options;
    const part = new Part({
      name,
      logger,
      start: () =>
        startStore(name, {
          dataFolder: folder.file(name),
          port: ports[name],
          password: secrets[name],
          logger: loggerOf(name),
        }),
      onChange: (running) => this.#runFile.note(name, running),
    });
    this.#stores.set(name, part);
    await part.startOnce();
  }

  async #startService(name: ServiceName, env: Readonly<Record<string, string | undefined>>): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { logger, printer } = this.#options;
    const part = new Part({
      name,
      logger,
      start: async (signal) => {
        await this.#held;
        const running = await startServiceProcess({
          script: join(this.#release.root, 'services', name, 'main.ts'),
          runtime: this.#release.runtime,
          nodeFlags: NODE_FLAGS[name] ?? [],
          socket: this.#sockets.get(name)?.fd,
          drains: this.#release.takesOver,
          env,
          onLine: (line) => printer.print(name, line),
          signal: AbortSignal.any([this.#stopping.signal, ...(signal === undefined ? [] : [signal])]),
        });
        return keepHealthy(running, { name, logger, mustBeReady: name === 'processor' || name === 'alerts' });
      },
      onChange: (running) => this.#runFile.note(name, running),
    });
    this.#services.set(name, part);
    await part.start();
  }
}

/** Where this machine reaches what listens on `host`. */
function loopbackOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
