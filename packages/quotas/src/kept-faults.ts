import { type Fault, faultKeyOf } from './fault.ts';
import { MAX_KEPT_FAULTS } from './quota.ts';

/** How much may be kept: true takes one. */
export interface KeptBudget {
  takeAny(): boolean;
  /** Set aside for releases that appeared while events were shed, or may have. */
  takeForNewRelease(): boolean;
}

/** What becomes of an event beyond the quota. */
export type Kept =
  | {
      readonly isKept: true;
      /** How many events this one stands for, itself included. */
      readonly weight: number;
    }
  | {
      readonly isKept: false;
      /** '' for a release that is not told apart. */
      readonly release: string;
    };

interface Entry {
  /** Shed since the last one was kept. */
  shed: number;
  /** The minute in which one was kept last. */
  keptIn: number;
}

const MINUTE_MS = 60_000;
/** Faults that are remembered beyond their minute, so that what was shed of them is counted with the next one kept. */
const MAX_FAULTS = 2 * MAX_KEPT_FAULTS;
const MAX_RELEASES = 200;
const UNKNOWN_RELEASE_EVERY_MS = 1_000;
/** Releases seen so soon after the shedding began were most likely there before. Another process may have begun long ago. */
const SETTLE_MS = 10_000;
/** A release is new for so long. */
const NEW_MS = 10 * MINUTE_MS;
/** After so long without an event beyond the quota, the next one begins a new time of shedding. */
const CALM_MS = 10 * MINUTE_MS;

/**
 * Chooses, for one project, which of the events beyond a quota are kept: the first one of each fault in each minute, so that a new
 * fault is seen however loud an old one is. Bounded: 200 faults a minute, one unknown release a second, and the budget.
 */
export class KeptFaults {
  readonly #faults = new Map<string, Entry>();
  readonly #releases = new Map<string, number>();
  #minute = -1;
  #keptThisMinute = 0;
  #beganAt = Number.NEGATIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;
  #unknownAt = Number.NEGATIVE_INFINITY;

  offer(fault: Fault, budget: KeptBudget, now: number): Kept {
    this.#advance(now);
    const key = faultKeyOf(fault);
    // Of the releases that were there before, one is loud; where another one comes first we cannot tell whether it is new.
    const isAnother = this.#releases.size > 0 && !this.#releases.has(fault.release);
    const seenAt = this.#seenAt(fault.release, now);
    const entry = this.#faults.get(key);
    const isFirst = entry === undefined || entry.keptIn !== this.#minute;
    if (!isFirst || seenAt === undefined || !this.#mayKeep(seenAt, isAnother, budget, now)) {
      this.#noteShed(key, entry);
      return { isKept: false, release: seenAt === undefined ? '' : fault.release };
    }
    this.#keptThisMinute++;
    this.#remember(key, { shed: 0, keptIn: this.#minute });
    return { isKept: true, weight: 1 + (entry?.shed ?? 0) };
  }

  #advance(now: number): void {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#keptThisMinute = 0;
    }
    if (now - this.#lastAt > CALM_MS) {
      this.#beganAt = now;
      this.#releases.clear();
      this.#faults.clear();
    }
    this.#lastAt = now;
  }

  /** When the release was seen first; undefined when it is unknown and another one became known in this second. */
  #seenAt(release: string, now: number): number | undefined {
    const known = this.#releases.get(release);
    if (known !== undefined) {
      // Those that come stay; one that was made up once is the first to go.
      this.#releases.delete(release);
      this.#releases.set(release, known);
      return known;
    }
    if (now - this.#unknownAt < UNKNOWN_RELEASE_EVERY_MS) return undefined;
    this.#unknownAt = now;
    if (this.#releases.size >= MAX_RELEASES) dropOldest(this.#releases);
    this.#releases.set(release, now);
    return now;
  }

  /** @param isAnother release than the one that came first, and this is its first event. */
  #mayKeep(seenAt: number, isAnother: boolean, budget: KeptBudget, now: number): boolean {
    if (this.#keptThisMinute >= MAX_KEPT_FAULTS) return false;
    const isNew = seenAt - this.#beganAt > SETTLE_MS && now - seenAt < NEW_MS;
    return ((isNew || isAnother) && budget.takeForNewRelease()) || budget.takeAny();
  }

  /** What is shed of more faults than are remembered is counted in the outcomes only. */
  #noteShed(key: string, entry: Entry | undefined): void {
    if (entry !== undefined) entry.shed++;
    else if (this.#faults.size < MAX_FAULTS) this.#faults.set(key, { shed: 1, keptIn: -1 });
  }

  /** The one kept longest ago makes room. */
  #remember(key: string, entry: Entry): void {
    this.#faults.delete(key);
    if (this.#faults.size >= MAX_FAULTS) dropOldest(this.#faults);
    this.#faults.set(key, entry);
  }
}

function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
