import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@culprit/runtime';

/** A process that runs: a store or a service. */
export interface RunningPart {
  readonly pid: number;
  /** What it said when it was ready, such as its ports. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Resolves when it is gone, however it ended. Never rejects. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Ends it in order; resolves when it is gone. */
  stop(): Promise<void>;
  /** Lets it finish what it has while its successor works; resolves when it is gone. Default: `stop`. */
  drain?(): Promise<void>;
  /** Ends it now. */
  kill(): void;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;
/** A replacement that does not work by then is taken for broken. */
const REPLACE_MS = 60_000;
const REPLACE_POLL_MS = 25;
/** A process that lived this long has earned a quick restart. */
const STEADY_MS = 30_000;

export interface PartOptions {
  /** As the log calls it. */
  readonly name: string;
  /** Resolves when it works; gives up at the signal. */
  readonly start: (signal?: AbortSignal) => Promise<RunningPart>;
  readonly logger: Logger;
  /** Told at every start, and with undefined when it died. */
  readonly onChange: (running: RunningPart | undefined) => Promise<void>;
}

/**
 * Keeps one part running: what dies is started again after 0.2 s, then twice as long each time up to 10 s, until it is stopped.
 */
export class Part {
  readonly name: string;
  readonly #options: PartOptions;
  readonly #stopping = new AbortController();
  #running: RunningPart | undefined;
  #starting: Promise<unknown> = Promise.resolve();
  #watching: Promise<void> = Promise.resolve();
  #replacing: Promise<unknown> = Promise.resolve();
  readonly #leaving = new Set<RunningPart>();
  #ended: RunningPart | undefined;

  constructor(options: PartOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** @throws what the first start throws: then nothing runs and nothing is tried again. */
  async startOnce(): Promise<void> {
    const running = await this.#start();
    if (running !== undefined) this.#watching = this.#watch(running);
  }

  /** Starts it, and tries again where that fails. Resolves when it works, or when it is stopped. */
  async start(): Promise<void> {
    const running = await this.#startPatiently(FIRST_WAIT_MS);
    if (running !== undefined) this.#watching = this.#watch(running);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running?.stop();
    await this.#starting.catch(() => {}); // whoever started it has heard of it
    await this.#running?.stop();
    await Promise.all([...this.#leaving].map((one) => one.stop()));
    await this.#watching;
  }

  kill(): void {
    this.#stopping.abort();
    this.#running?.kill();
    for (const one of this.#leaving) one.kill();
  }

  /**
   * Starts another process in this one's place, and lets the old one finish when the new one works. One that just died has its successor on the
   * way already: then that is waited for.
   *
   * @returns when the new one works; `gone` resolves when the old one is gone.
   * @throws when the new one does not start: the old one stays.
   */
  async replace(): Promise<{ readonly pid: number; readonly gone: Promise<void> }> {
    const old = this.#running;
    if (old === undefined) return { pid: await this.untilRunning(), gone: Promise.resolve() };
    const starting = this.#start(AbortSignal.timeout(REPLACE_MS));
    this.#replacing = starting;
    const running = await starting;
    if (running === undefined) throw new Error('everything is stopping');
    this.#watching = Promise.all([this.#watching, this.#watch(running)]).then(() => {});
    this.#leaving.add(old);
    const gone = (old.drain?.() ?? old.stop()).finally(() => this.#leaving.delete(old));
    return { pid: running.pid, gone };
  }

  /** Ends what runs; another is started at once, as after a death. Resolves when the old one is gone. */
  async end(): Promise<void> {
    this.#ended = this.#running;
    await this.#ended?.stop();
    while (this.#running !== undefined && this.#running === this.#ended) await this.#pause(REPLACE_POLL_MS);
  }

  /** @returns its process number. @throws when it does not work within 60 s. */
  async untilRunning(): Promise<number> {
    const deadline = performance.now() + REPLACE_MS;
    while (this.#running === undefined) {
      if (performance.now() > deadline || this.#stopping.signal.aborted) throw new Error('it does not start');
      await this.#pause(REPLACE_POLL_MS);
    }
    return this.#running.pid;
  }

  async #watch(first: RunningPart): Promise<void> {
    let wait = FIRST_WAIT_MS;
    for (let running: RunningPart | undefined = first; running !== undefined; ) {
      const started = performance.now();
      const { code, signal } = await running.exited;
      await this.#replacing.catch(() => {}); // whoever asked for it hears of it
      if (this.#running !== running) return; // replaced
      this.#running = undefined;
      if (this.#stopping.signal.aborted) return;
      if (running === this.#ended) wait = 0;
      if (performance.now() - started > STEADY_MS) wait = FIRST_WAIT_MS;
      const how = signal === null ? `exit code ${code}` : signal;
      if (wait > 0) {
        this.#options.logger.warn(
          { process: this.name, how, restartMs: wait },
          'process died, starting it again',
        );
      }
      await this.#options.onChange(undefined);
      await this.#pause(wait);
      wait = Math.min(Math.max(wait * 2, FIRST_WAIT_MS), LONGEST_WAIT_MS);
      running = await this.#startPatiently(wait);
      if (running !== undefined) this.#options.logger.info({ process: this.name }, 'process works again');
    }
  }

  async #startPatiently(firstWait: number): Promise<RunningPart | undefined> {
    for (let wait = firstWait; !this.#stopping.signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        return await this.#start();
      } catch (err) {
        if (this.#stopping.signal.aborted) return undefined;
        const reason = err instanceof Error ? err.message : String(err);
        this.#options.logger.error({ process: this.name, reason, retryMs: wait }, 'process does not start');
        await this.#pause(wait);
      }
    }
    return undefined;
  }

  async #start(signal?: AbortSignal): Promise<RunningPart | undefined> {
    const starting = this.#options.start(signal);
    this.#starting = starting;
    const running = await starting;
    this.#running = running;
    if (this.#stopping.signal.aborted) {
      await running.stop();
      return undefined;
    }
    await this.#options.onChange(running);
    return running;
  }

  async #pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
