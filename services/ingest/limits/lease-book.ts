import { type Allowance, type Ask, type Contact, type Grant, Share, type Shares } from '@culprit/quotas';
import type { Clock, Logger } from '@culprit/runtime';
import type { IngestMetrics } from '../metrics.ts';
import { within } from '../within.ts';

/** Where shares of allowances are leased. Both reject when it cannot be asked. */
export interface LeaseSource {
  /** Answers each ask, in their order. */
  lease(asks: readonly Ask[]): Promise<readonly Grant[]>;
  /** Forgets windows that ended before. Unix milliseconds. */
  forgetBefore(time: number): Promise<void>;
}

export interface LeaseBookOptions {
  readonly source: LeaseSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<IngestMetrics, 'leases' | 'leaseFailures'>;
}

const TICK_MS = 1_000;
/** An answer that takes longer counts as none. */
const ASK_MS = 2_000;
/** Asks in one statement. */
const MAX_ASKS = 1_000;
/** With more allowances than this those that nobody uses are forgotten. */
const MAX_SHARES = 20_000;
const FORGET_EVERY_MS = 10 * 60_000;
const KEEP_MS = 24 * 3_600_000;

/**
 * What this process has of each allowance, and the talk with PostgreSQL about it. Nobody who handles a request waits here: what is
 * wanted is asked for afterwards, all of it in one statement, one statement at a time. While quotas are used PostgreSQL hears from us
 * every second, so that its absence is known soon.
 */
export class LeaseBook implements Shares {
  readonly #options: LeaseBookOptions;
  readonly #contact = { isAway: false, heardAt: 0 };
  readonly #shares = new Map<string, Share>();
  /** Of which something may be wanted. */
  #touched = new Set<Share>();
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #forgottenAt: number;
  #isClosed = false;

  constructor(options: LeaseBookOptions) {
    this.#options = options;
    this.#forgottenAt = options.clock.now();
  }

  get contact(): Contact {
    return this.#contact;
  }

  shareOf(allowance: Allowance): Share {
    let share = this.#shares.get(allowance.id);
    if (share === undefined) {
      const now = this.#options.clock.now();
      if (this.#shares.size >= MAX_SHARES) this.#dropIdle(now);
      share = new Share(allowance, this.#contact, now);
      this.#shares.set(allowance.id, share);
    } else share.changeLimit(allowance.limit);
    this.#touched.add(share);
    return share;
  }

  /** To be called when a request has been decided about: asks for what has become short. Returns at once. */
  refill(): void {
    if (this.#isClosed) return;
    this.#timer ??= setInterval(() => void this.tick(), TICK_MS).unref();
    if (!this.#contact.isAway) this.#lease();
  }

  /** One look at everything; resolves when PostgreSQL has answered, or not. Done every second while quotas are used. */
  async tick(): Promise<void> {
    const now = this.#options.clock.now();
    for (const share of this.#shares.values()) this.#touched.add(share);
    await this.#running;
    if (this.#isClosed) return;
    const isIdle = [...this.#shares.values()].every((share) => share.isIdle(now));
    if (isIdle) {
      this.#stopTicking();
      const rest = [...this.#shares.values()].flatMap((share) => share.giveBack(now));
      this.#shares.clear();
      this.#touched.clear();
      // Of the window before it was thought that more would come.
      if (rest.length > 0 && !this.#contact.isAway)
        this.#running = this.#ask(rest, true).finally(() => this.#done());
      await this.#running;
      return;
    }
    this.#lease();
    // Nothing is wanted: a sign of life.
    if (this.#running === undefined) this.#running = this.#ask([]).finally(() => this.#done());
    await this.#running;
    await this.#forget(now);
  }

  /** Gives back what was not spent. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopTicking();
    await this.#running;
    const now = this.#options.clock.now();
    const rest = [...this.#shares.values()].flatMap((share) => share.giveBack(now));
    if (rest.length > 0 && !this.#contact.isAway) await this.#ask(rest);
  }

  #lease(): void {
    if (this.#running !== undefined) return;
    const asks = this.#collect();
    if (asks.length > 0) this.#running = this.#ask(asks).finally(() => this.#done());
  }

  #done(): void {
    this.#running = undefined;
    // What was spent meanwhile may have made another ask due; while nobody answers the next tick is soon enough.
    if (!this.#contact.isAway && !this.#isClosed) this.#lease();
  }

  #collect(): readonly Ask[] {
    const now = this.#options.clock.now();
    const asks: Ask[] = [];
    const later = new Set<Share>();
    for (const share of this.#touched) {
      if (asks.length >= MAX_ASKS) later.add(share);
      else asks.push(...share.asks(now));
    }
    this.#touched = later;
    return asks;
  }

  /** @param isFarewell of shares that are forgotten: another one of the same name may be there by now. */
  async #ask(asks: readonly Ask[], isFarewell = false): Promise<void> {
    const { source, clock, logger, metrics } = this.#options;
    try {
      const grants = await within(ASK_MS, source.lease(asks));
      const now = clock.now();
      for (const [i, ask] of asks.entries()) {
        const grant = grants[i];
        if (grant !== undefined && !isFarewell) this.#shares.get(ask.id)?.granted(ask, grant, now);
      }
      metrics.leases.inc(asks.length);
      if (this.#contact.isAway) logger.info('quotas are leased again');
      this.#contact.isAway = false;
      this.#contact.heardAt = now;
    } catch (err) {
      // Going on with the last share is what shares are for.
      if (!this.#contact.isAway) logger.warn({ err }, 'quotas cannot be leased');
      this.#contact.isAway = true;
      metrics.leaseFailures.inc();
      if (isFarewell) return;
      for (const ask of asks) this.#shares.get(ask.id)?.failed(ask, clock.now());
    }
  }

  async #forget(now: number): Promise<void> {
    if (this.#contact.isAway || now - this.#forgottenAt < FORGET_EVERY_MS) return;
    this.#forgottenAt = now;
    await this.#options.source.forgetBefore(now - KEEP_MS).catch((err) => {
      this.#options.logger.warn({ err }, 'windows of quotas that are over cannot be deleted');
    });
  }

  #dropIdle(now: number): void {
    for (const [id, share] of this.#shares) if (share.isIdle(now)) this.#shares.delete(id);
  }

  #stopTicking(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
