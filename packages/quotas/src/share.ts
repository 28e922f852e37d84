import { type Allowance, type Ask, type Contact, type Grant, portionOf, sliceOf } from './lease.ts';
import { type Window, windowAt } from './window.ts';

/** So often in a window a process looks how much it needs, and gives back what it has beyond that: others may be refused meanwhile. */
const LOOKS = 12;
/** Others may have heard an answer for so long after us, by the same outage. */
const SAME_OUTAGE_MS = 2_000;
/** The next window's first portion is asked for so long before, or a tenth of the window before. */
const AHEAD_MS = 5_000;
/** So often, or at each look, somebody who has heard that nothing is left asks again: others may have given something back. */
const ASK_AGAIN_MS = 5_000;

/** What the process has of one window. */
interface Spell {
  readonly window: Window;
  granted: number;
  spent: number;
  /** What the process wants to have in hand. Set by each look, and doubled when it is used up, or half of it soon after it came. */
  target: number;
  /** Unix milliseconds of the last look, and `spent` then; undefined until something was asked for. */
  looked: { readonly at: number; readonly spent: number } | undefined;
  /** Of all processes, when we last heard. */
  leased: number;
  /** Less was granted than asked for. */
  isExhausted: boolean;
  /** Somebody was refused since we last asked. */
  isMissed: boolean;
  askedAt: number;
  isAsking: boolean;
}

/**
 * What one process has of an allowance. It spends what was granted; when that is used up before more has come it goes into debt by a
 * slice at most, and pays with the next grant. Where nobody can be asked a window long, it may spend what it had in the last window
 * that it could ask in all the time.
 */
export class Share {
  readonly id: string;
  readonly #seconds: number;
  readonly #contact: Contact;
  #limit: number;
  #slice: number;
  #portion: number;
  #spell: Spell;
  #next: Spell | undefined;
  /** Granted in the last window that was over before contact was lost. */
  #lastWhole = 0;

  constructor(allowance: Allowance, contact: Contact, now: number) {
    this.id = allowance.id;
    this.#seconds = allowance.seconds;
    this.#contact = contact;
    this.#limit = allowance.limit;
    this.#slice = sliceOf(allowance.limit);
    this.#portion = portionOf(allowance.limit);
    this.#spell = emptySpell(windowAt(allowance.seconds, now), this.#most);
  }

  /** It takes so much at a time until it knows how much it needs, and never wants more in hand. */
  get #most(): number {
    return 2 * this.#portion;
  }

  get #lookMs(): number {
    return (this.#seconds * 1_000) / LOOKS;
  }

  get limit(): number {
    return this.#limit;
  }

  /** The limit is another one now; what was spent stays spent. */
  changeLimit(limit: number): void {
    if (limit > this.#limit) {
      this.#spell.isExhausted = false;
      if (this.#next !== undefined) this.#next.isExhausted = false;
    }
    this.#limit = limit;
    this.#slice = sliceOf(limit);
    this.#portion = portionOf(limit);
    this.#spell.target = Math.min(this.#spell.target, this.#most);
  }

  /** Whether `quantity` may be spent now. An item larger than a slice is let into debt as a whole where the allowance has room for it. */
  has(quantity: number, now: number): boolean {
    const spell = this.#at(now);
    const balance = balanceOf(spell);
    if (quantity <= balance) return true;
    // Of the whole allowance, as far as we have heard.
    const left = this.#limit - spell.leased + balance;
    const credit = spell.isExhausted ? 0 : this.#creditIn(spell);
    const fits = quantity <= left && balance > -credit;
    if (!fits) spell.isMissed = true;
    return fits;
  }

  spend(quantity: number, now: number): void {
    this.#at(now).spent += quantity;
  }

  /** Takes back what was spent `at` that time, as long as its window lasts: of one that is over nobody can spend any more. */
  unspend(quantity: number, at: number, now: number): void {
    const spell = this.#at(now);
    if (at >= spell.window.start) spell.spent = Math.max(0, spell.spent - quantity);
  }

  /** Milliseconds until the window ends. */
  msLeft(now: number): number {
    return this.#at(now).window.end - now;
  }

  /** What should be asked for now. Each ask must be answered by `granted` or `failed` before the next for its window is made. */
  asks(now: number): readonly Ask[] {
    const spell = this.#at(now);
    const asks: Ask[] = spell.isAsking ? [] : [...this.#look(spell, now)];
    const balance = balanceOf(spell);
    if (!spell.isAsking && this.#isShort(spell, now)) {
      if (spell.isMissed) spell.target = this.#most;
      else if (balance <= 0 || now - spell.askedAt < this.#lookMs / 4)
        spell.target = Math.min(this.#most, Math.max(1, 2 * spell.target));
      asks.push(this.#ask(spell, spell.target - balance, now));
    }
    const lead = Math.min(AHEAD_MS, this.#seconds * 100);
    if (spell.spent > 0 && now >= spell.window.end - lead && this.#next === undefined) {
      this.#next = emptySpell(windowAt(this.#seconds, spell.window.end), Math.max(1, spell.target));
      asks.push(this.#ask(this.#next, this.#next.target, now));
    }
    return asks;
  }

  granted(ask: Ask, grant: Grant, now: number): void {
    const spell = this.#spellOf(ask, now);
    if (spell === undefined) return;
    spell.isAsking = false;
    spell.leased = grant.leased;
    if (ask.amount < 0) return;
    spell.granted += grant.amount;
    spell.isExhausted = ask.limit === this.#limit && grant.amount < ask.amount;
  }

  failed(ask: Ask, now: number): void {
    const spell = this.#spellOf(ask, now);
    if (spell === undefined) return;
    // Asked again in its own window, as if nothing had been asked.
    if (spell === this.#next) this.#next = undefined;
    spell.isAsking = false;
  }

  /** What is left of this window, and of the next one where that was asked for ahead, to be given back when the process ends; it is not spent afterwards. */
  giveBack(now: number): readonly Ask[] {
    const spell = this.#at(now);
    return [spell, this.#next].flatMap((one) => (one === undefined ? [] : this.#restOf(one)));
  }

  /** Whether nothing was spent or missed in this window. */
  isIdle(now: number): boolean {
    const spell = this.#at(now);
    return spell.spent === 0 && !spell.isMissed && !spell.isAsking && this.#next === undefined;
  }

  #isShort(spell: Spell, now: number): boolean {
    const balance = balanceOf(spell);
    if (spell.isExhausted) {
      const hasWaited = now - spell.askedAt >= Math.min(ASK_AGAIN_MS, this.#lookMs);
      return spell.isMissed && hasWaited && balance < this.#most;
    }
    return spell.isMissed ? balance < this.#portion : spell.spent > 0 && 2 * balance < spell.target;
  }

  /** Sets the target to what two looks have lasted with, when the time of a look has come, and gives back what is beyond it. */
  #look(spell: Spell, now: number): readonly Ask[] {
    const { looked } = spell;
    if (looked === undefined || this.#contact.isAway) return [];
    if (now - looked.at < this.#lookMs) return [];
    spell.target = Math.min(this.#most, 2 * Math.max(0, spell.spent - looked.spent));
    spell.looked = { at: now, spent: spell.spent };
    const asks = this.#giveBackBeyond(spell, spell.target);
    if (asks.length > 0) {
      spell.isAsking = true;
      // So much is left again. A short pause of a busy machine must not cost the rest of the window.
      spell.isExhausted = false;
    }
    return asks;
  }

  #restOf(spell: Spell): readonly Ask[] {
    const asks = this.#giveBackBeyond(spell, 0);
    if (asks.length > 0) spell.isExhausted = true;
    return asks;
  }

  /** Nothing of it is spent any more, even if the answer should be lost: whether it was given back is not known then. */
  #giveBackBeyond(spell: Spell, target: number): readonly Ask[] {
    const beyond = balanceOf(spell) - target;
    if (beyond <= 0) return [];
    spell.granted -= beyond;
    return [{ id: this.id, limit: this.#limit, window: spell.window, amount: -beyond }];
  }

  #ask(spell: Spell, amount: number, now: number): Ask {
    spell.isAsking = true;
    spell.isMissed = false;
    spell.askedAt = now;
    spell.looked ??= { at: Math.max(now, spell.window.start), spent: 0 };
    return { id: this.id, limit: this.#limit, window: spell.window, amount };
  }

  /** In the window in which contact was lost others may have leased as much as they could, so only a slice; later nobody has leased anything. */
  #creditIn({ window }: Spell): number {
    const { isAway, heardAt } = this.#contact;
    if (!isAway || window.start <= heardAt + SAME_OUTAGE_MS) return this.#slice;
    return Math.max(this.#slice, Math.min(this.#limit, this.#lastWhole));
  }

  #at(now: number): Spell {
    if (now < this.#spell.window.end) return this.#spell;
    const over = this.#spell;
    const window = windowAt(this.#seconds, now);
    if (!this.#contact.isAway) this.#lastWhole = over.window.end === window.start ? over.granted : 0;
    this.#spell =
      this.#next?.window.start === window.start ? this.#next : emptySpell(window, Math.max(1, over.target));
    this.#next = undefined;
    return this.#spell;
  }

  #spellOf({ window }: Ask, now: number): Spell | undefined {
    const spell = this.#at(now);
    if (spell.window.start === window.start) return spell;
    return this.#next?.window.start === window.start ? this.#next : undefined;
  }
}

/** What the process may still spend of what it was granted; negative: its debt. */
function balanceOf({ granted, spent }: Spell): number {
  return granted - spent;
}

function emptySpell(window: Window, target: number): Spell {
  return {
    window,
    granted: 0,
    spent: 0,
    target,
    looked: undefined,
    leased: 0,
    isExhausted: false,
    isMissed: false,
    askedAt: 0,
    isAsking: false,
  };
}
