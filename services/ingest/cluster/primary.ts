import cluster, { type Worker } from 'node:cluster';
import type { Logger } from '@culprit/runtime';
import type { MetricsAnswer } from './metrics-exchange.ts';

export interface WorkersOptions {
  readonly count: number;
  readonly logger: Logger;
  /** Extra environment of a worker. */
  readonly env?: Readonly<Record<string, string>>;
  /** The last figures of a worker that goes. */
  readonly onLastMetrics: (metrics: MetricsAnswer['metrics']) => void;
  /**
   * Told when all workers have died at once, and nothing more is tried. For a socket that was handed down: this process has closed its copy, so only
   * another process can take its place.
   */
  readonly onAllLost?: () => void;
}

/** Young generation of a worker's heap. */
const YOUNG_MIB = 32;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A worker that lived this long was healthy: the next death starts with the short pause again. */
const HEALTHY_MS = 30_000;
/** A worker that is not ready by then is taken for broken. */
const READY_MS = 60_000;
/** A little more than a worker gives itself. */
const DRAIN_MS = 140_000;
const STOP_MS = 15_000;

/**
 * The processes that answer requests. The listening socket belongs to this process and is shared with them, so that it stays open while they are
 * replaced one after the other (and closes only when all of them are gone at once).
 */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #serving = new Set<Worker>();
  readonly #leaving = new Set<Worker>();
  readonly #pauses = new Set<NodeJS.Timeout>();
  #pause = FIRST_PAUSE_MS;
  #rolling: Promise<void> = Promise.resolve();
  #isStopping = false;
  #port = 0;

  constructor(options: WorkersOptions) {
    this.#options = options;
    // Workers accept by themselves. Handing connections out from here cost the same and lost none either, but a connection handed to a worker that
    // dies in that moment is answered by nobody and hangs; this way the other worker takes it.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({ execArgv: [...process.execArgv, `--max-semi-space-size=${YOUNG_MIB}`] });
  }

  get serving(): readonly Worker[] {
    return [...this.#serving];
  }

  /** The port they listen on. */
  get port(): number {
    return this.#port;
  }

  /** Starts all; resolves when the first is ready, because then requests are answered. @throws when none gets ready. */
  async start(): Promise<void> {
    // Workers with port 0 share the one port that the first of them got.
    await Promise.any(Array.from({ length: this.#options.count }, () => this.#add()));
  }

  /** Replaces every worker, one after the other: the new one is ready before the old one stops listening. A second call waits for the first. */
  roll(): Promise<void> {
    const rolled = this.#rolling.then(() => this.#rollAll());
    this.#rolling = rolled.catch(() => {}); // the caller hears of it
    return rolled;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const pause of this.#pauses) clearTimeout(pause);
    await Promise.all([...this.#serving, ...this.#leaving].map((worker) => end(worker, 'stop', STOP_MS)));
  }

  /** As `stop`, but others serve already: every worker finishes what it has. */
  async drain(): Promise<void> {
    this.#isStopping = true;
    for (const pause of this.#pauses) clearTimeout(pause);
    await Promise.all([...this.#serving, ...this.#leaving].map((worker) => end(worker, 'drain', DRAIN_MS)));
  }

  async #rollAll(): Promise<void> {
    const { logger } = this.#options;
    for (const old of this.serving) {
      if (this.#isStopping) return;
      if (!this.#serving.has(old)) continue; // it has died, and is replaced for that reason
      await this.#add();
      this.#serving.delete(old);
      this.#leaving.add(old);
      await end(old, 'drain', DRAIN_MS);
      logger.info({ worker: old.process.pid }, 'worker replaced');
    }
  }

  async #add(): Promise<void> {
    const startedAt = performance.now();
    const worker = cluster.fork({ ...this.#options.env });
    worker.on('message', (message: MetricsAnswer) => {
      if (message?.kind === 'metrics' && message.request === undefined) {
        this.#options.onLastMetrics(message.metrics);
      }
    });
    worker.on('error', (err) => this.#options.logger.warn({ err }, 'worker channel failed'));
    worker.once('exit', (code, signal) => this.#onExit(worker, performance.now() - startedAt, code, signal));
    this.#port = await ready(worker);
    this.#serving.add(worker);
  }

  #onExit(worker: Worker, livedMs: number, code: number | null, signal: string | null): void {
    const wasServing = this.#serving.delete(worker);
    const wasLeaving = this.#leaving.delete(worker);
    if (wasLeaving || this.#isStopping) return;
    const { logger } = this.#options;
    logger.error({ worker: worker.process.pid, code, signal, livedMs: Math.round(livedMs) }, 'worker died');
    if (!wasServing && this.#serving.size >= this.#options.count) return; // a roll that failed: the old one stays
    if (this.#options.onAllLost !== undefined && this.#serving.size === 0 && this.#leaving.size === 0) {
      this.#options.onAllLost();
      return;
    }
    if (livedMs > HEALTHY_MS) this.#pause = FIRST_PAUSE_MS;
    const pause = setTimeout(() => {
      this.#pauses.delete(pause);
      if (this.#serving.size >= this.#options.count) return;
      this.#add().catch((err) => logger.error({ err }, 'worker did not get ready'));
    }, this.#pause);
    this.#pauses.add(pause);
    this.#pause = Math.min(LONGEST_PAUSE_MS, this.#pause * 2);
  }
}

/** Resolves to the worker's port when it answers requests. */
function ready(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('exit', onExit);
    };
    const onMessage = (message: { kind?: unknown; port?: unknown }): void => {
      if (message?.kind !== 'ready') return;
      finish();
      resolve(Number(message.port));
    };
    const onExit = (): void => {
      finish();
      reject(new Error('worker ended before it was ready'));
    };
    const timer = setTimeout(() => {
      finish();
      worker.process.kill('SIGKILL');
      reject(new Error('worker was not ready in time'));
    }, READY_MS);
    worker.on('message', onMessage).on('exit', onExit);
  });
}

/** Asks a worker to end and waits until it has; kills it when it takes too long. */
function end(worker: Worker, kind: 'drain' | 'stop', deadlineMs: number): Promise<void> {
  if (worker.isDead()) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), deadlineMs);
    worker.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    if (kind === 'stop') worker.process.kill('SIGTERM');
    else worker.send({ kind });
  });
}
