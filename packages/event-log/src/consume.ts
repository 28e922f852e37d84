import type { BatchSource } from './batch-source.ts';
import type { ConsumeOptions, PartitionHandler, PartitionLeases } from './event-log.ts';
import { feedPartition } from './feed-partition.ts';
import { pause } from './pause.ts';

const LONGEST_PAUSE_AFTER_FAILED_CLAIM_MS = 1000;

export interface Ownership {
  /** Without leases, everything is owned. */
  readonly leases?: PartitionLeases | undefined;
  readonly leaseMs: number;
  readonly clock: { now(): number };
}

interface Claim {
  readonly lost: AbortController;
  /** Resolves when the last `handle` is done and `released` was called. */
  readonly finished: Promise<void>;
}

/** Implements `EventLog.consume` over a source of batches: leases, one feed per owned partition, a clean stop. */
export async function consume(
  source: BatchSource,
  handler: PartitionHandler,
  options: ConsumeOptions,
  ownership: Ownership,
): Promise<void> {
  const claims = new Claims(source, handler, options);
  if (ownership.leases === undefined) {
    claims.own(Array.from({ length: source.partitions }, (_, partition) => partition));
    await aborted(options.signal);
    await claims.finished();
    return;
  }
  await consumeLeased(claims, ownership.leases, source, options, ownership);
}

async function consumeLeased(
  claims: Claims,
  leases: PartitionLeases,
  source: BatchSource,
  options: ConsumeOptions,
  { leaseMs, clock }: Ownership,
): Promise<void> {
  let expiry: NodeJS.Timeout | undefined;
  /** Resolves to the milliseconds until the next renewal. */
  const renew = async (): Promise<number> => {
    const asked = performance.now();
    try {
      const { topic, partitions } = source;
      const owned = await leases.claim(topic, partitions, options.ownerId, clock.now(), leaseMs);
      clearTimeout(expiry);
      expiry = setTimeout(() => claims.own([]), Math.max(0, leaseMs - (performance.now() - asked)));
      claims.own(owned);
      return leaseMs / 3;
    } catch (error) {
      options.onError?.(error);
      return Math.min(leaseMs / 3, LONGEST_PAUSE_AFTER_FAILED_CLAIM_MS);
    }
  };
  while (!options.signal.aborted) await pause(await renew(), options.signal);
  // Handlers may need longer than a lease to finish: it is renewed until they did, else another owner would start beside them.
  const done = new AbortController();
  const finished = claims.finished().then(() => done.abort());
  await pause(leaseMs / 3, done.signal);
  while (!done.signal.aborted) await pause(await renew(), done.signal);
  await finished;
  clearTimeout(expiry);
  try {
    await leases.release(source.topic, options.ownerId);
  } catch (error) {
    // They run out by themselves.
    options.onError?.(error);
  }
}

/** The partitions owned right now, each with its feed. */
export class Claims {
  readonly #source: BatchSource;
  readonly #handler: PartitionHandler;
  readonly #options: ConsumeOptions;
  readonly #claims = new Map<number, Claim>();

  constructor(source: BatchSource, handler: PartitionHandler, options: ConsumeOptions) {
    this.#source = source;
    this.#handler = handler;
    this.#options = options;
  }

  /** Starts what is new and aborts what is gone; a partition that comes back waits until its old feed has ended. */
  own(partitions: readonly number[]): void {
    for (const [partition, claim] of this.#claims) {
      if (!partitions.includes(partition)) claim.lost.abort();
    }
    if (this.#options.signal.aborted) return;
    for (const partition of partitions) {
      if (!this.#claims.has(partition)) this.#start(partition);
    }
  }

  async finished(): Promise<void> {
    await Promise.all([...this.#claims.values()].map((claim) => claim.finished));
  }

  #start(partition: number): void {
    const lost = new AbortController();
    const feed = {
      source: this.#source,
      partition,
      handler: this.#handler,
      options: this.#options,
      claim: lost.signal,
      end: AbortSignal.any([lost.signal, this.#options.signal]),
    };
    const finished = feedPartition(feed).then(() => {
      this.#claims.delete(partition);
      this.#handler.released?.(partition);
    });
    this.#claims.set(partition, { lost, finished });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
