import type { Clock, Logger } from '@culprit/runtime';
import type { Keys } from '../context.ts';
import { within } from '../within.ts';
import { KeyDirectory } from './key-directory.ts';
import type { ConfigSource } from './postgres-source.ts';
import type { Snapshot } from './snapshot.ts';
import { readSnapshotFile, writeSnapshotFile } from './snapshot-file.ts';

export interface SnapshotKeeperOptions {
  readonly source: ConfigSource;
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two looks at the version. Below 2 s, so that a revoked key is refused within 2 s even when no hint comes. */
  readonly pollMs?: number;
}

const POLL_MS = 1_500;
const MAX_POLL_MS = 30_000;
/** A snapshot that was not confirmed for so long is not trusted: its keys may have been revoked. */
const TRUST_MS = 24 * 60 * 60 * 1000;
/** The file's `taken_at` lags behind by at most this. */
const REWRITE_MS = 5 * 60 * 1000;
const RECHECKS_PER_SECOND = 5;
/** An answer to "is this key new?" is not waited for longer than this. */
const RECHECK_WAIT_MS = 1_000;
/** A statement that takes longer counts as failed: a network that swallows packets must not stop the polling. */
const ASK_MS = 10_000;

/**
 * Keeps the snapshot fresh: polls the version, reloads when it moved, keeps a copy on disk. While Postgres is away the last snapshot is
 * used, for a day at most.
 */
export class SnapshotKeeper implements Keys {
  readonly #options: SnapshotKeeperOptions;
  readonly #pollMs: number;
  #snapshot: Snapshot | undefined;
  #directory: KeyDirectory | undefined;
  #confirmedAt = 0;
  #writtenAt = 0;
  #running: Promise<void> | undefined;
  #hinted = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #recheckWindow = 0;
  #rechecks = 0;
  #isStopped = false;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
    this.#pollMs = options.pollMs ?? POLL_MS;
  }

  get directory(): KeyDirectory | undefined {
    return this.#directory;
  }

  /** Milliseconds since the snapshot was last known to be the newest; undefined without one. */
  get ageMs(): number | undefined {
    return this.#directory === undefined ? undefined : this.#options.clock.now() - this.#confirmedAt;
  }

  isTrusted(): boolean {
    const age = this.ageMs;
    return age !== undefined && age < TRUST_MS;
  }

  /** Takes the snapshot from disk, then asks Postgres; resolves after that first look, whether it worked or not. */
  async start(): Promise<void> {
    const kept = await readSnapshotFile(this.#options.path);
    if (kept !== undefined) {
      this.#use(kept, kept.taken_at);
      this.#writtenAt = kept.taken_at;
    }
    await this.refresh();
  }

  /** Somebody says that there may be a newer version. */
  hint(): void {
    this.#hinted = true;
    if (this.#running === undefined) void this.refresh();
  }

  async recheck(): Promise<void> {
    const { clock } = this.#options;
    const second = Math.floor(clock.now() / 1000);
    if (second !== this.#recheckWindow) {
      this.#recheckWindow = second;
      this.#rechecks = 0;
    }
    if (this.#failures > 0 || ++this.#rechecks > RECHECKS_PER_SECOND) return;
    // A look that already runs may have read the version before the key was made: one more follows it.
    this.#hinted = true;
    await within(RECHECK_WAIT_MS, this.refresh()).catch(() => {});
  }

  /** One look at Postgres, shared by all who ask meanwhile. Never rejects. */
  refresh(): Promise<void> {
    this.#running ??= this.#lookUntilSettled().finally(() => {
      this.#running = undefined;
      this.#schedule();
    });
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #lookUntilSettled(): Promise<void> {
    do {
      this.#hinted = false;
      await this.#look();
    } while (this.#hinted && this.#failures === 0 && !this.#isStopped);
  }

  async #look(): Promise<void> {
    const { source, clock, logger } = this.#options;
    const askedAt = clock.now();
    try {
      const version = await within(ASK_MS, source.version());
      if (this.#snapshot === undefined || version !== this.#snapshot.version) {
        this.#use(await within(ASK_MS, source.load(askedAt)), askedAt);
        this.#writtenAt = 0;
      }
      this.#confirmedAt = askedAt;
      if (this.#failures > 0) logger.info({ version }, 'snapshot source is back');
      this.#failures = 0;
    } catch (err) {
      // Deciding to go on with what is there is the point of the snapshot.
      if (this.#failures++ === 0) logger.warn({ err, ageMs: this.ageMs }, 'snapshot cannot be confirmed');
      return;
    }
    await this.#keep();
  }

  #use(snapshot: Snapshot, confirmedAt: number): void {
    this.#snapshot = snapshot;
    this.#directory = new KeyDirectory(snapshot, this.#directory);
    this.#confirmedAt = confirmedAt;
    this.#options.logger.info({ version: snapshot.version, keys: this.#directory.size }, 'snapshot loaded');
    const { unreadable } = this.#directory;
    if (unreadable.length > 0) {
      this.#options.logger.warn(
        { settings: unreadable.slice(0, 20) },
        'settings cannot be read: defaults apply',
      );
    }
  }

  async #keep(): Promise<void> {
    if (this.#snapshot === undefined || this.#confirmedAt - this.#writtenAt < REWRITE_MS) return;
    try {
      await writeSnapshotFile(this.#options.path, { ...this.#snapshot, taken_at: this.#confirmedAt });
      this.#writtenAt = this.#confirmedAt;
    } catch (err) {
      this.#options.logger.error({ err }, 'snapshot cannot be written');
    }
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isStopped) return;
    const wait = Math.min(MAX_POLL_MS, this.#pollMs * 2 ** Math.min(this.#failures, 10));
    this.#timer = setTimeout(() => void this.refresh(), wait);
    this.#timer.unref();
  }
}
