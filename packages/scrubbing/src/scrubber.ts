import { isCandidate } from './candidates.ts';
import { type CompiledScrubbing, NAME_COOKIE, NAME_SECRET, NAME_SENSITIVE } from './compiled.ts';
import {
  ANYTHING,
  applyAfterPassword,
  applyBeforePassword,
  applyIp,
  applyReadable,
  applyUrlPassword,
  isIpCandidate,
  PASSWORD,
  SENSITIVE,
} from './default-rules.ts';
import type { Path } from './path.ts';
import { FILTERED, RedactedText } from './redaction.ts';
import { Remarks } from './remarks.ts';
import { holdsSecret } from './words.ts';

/** Texts that are no secret whatever their name is (Relay). */
const HARMLESS: ReadonlySet<string> = new Set(['', 'true', 'false', 'null', 'undefined', FILTERED]);

/** Deeper than normalization lets anything be. */
const MAX_DEPTH = 100;

/**
 * Scrubs values by the settings of a project. Values are not changed: what needs a change is copied, the rest is handed back as it is.
 */
export class Scrubber {
  readonly remarks = new Remarks();
  readonly #settings: CompiledScrubbing;
  readonly #earlier: Remarks;

  /** `earlier` is what advanced rules have done to the same event. */
  constructor(settings: CompiledScrubbing, earlier = new Remarks()) {
    this.#settings = settings;
    this.#earlier = earlier;
  }

  /** Any value under a name; in a list its place is no name. */
  value(value: unknown, path: Path, key: string | number, depth = 0): unknown {
    if (typeof value === 'string') return this.#text(value, path, key);
    if (value === null || (typeof value !== 'object' && typeof value !== 'number')) return value;
    const rule = typeof key === 'string' ? this.#ruleOfName(key, path) : undefined;
    if (rule !== undefined && !this.#isSafe(path, key)) {
      this.remarks.removed(path, key, rule);
      return null;
    }
    if (typeof value === 'number') return value;
    return this.within(value, path, key, depth);
  }

  /** A text, or what is within an object or list, whose own name does not count. */
  within(value: unknown, path: Path, key: string | number, depth = 0): unknown {
    if (typeof value === 'string') return this.#text(value, path, key);
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
    const here: Path = { parent: path, key };
    return Array.isArray(value)
      ? this.#list(value, here, depth + 1)
      : this.#object(value as { readonly [key: string]: unknown }, here, depth + 1);
  }

  /** A text that must stay readable: only what is found in it is replaced. */
  readable(text: string, path: Path, key: string): string {
    const { defaults, ips } = this.#settings;
    if (!((defaults && isCandidate(text)) || (ips && isIpCandidate(text))) || this.#isSafe(path, key))
      return text;
    const redacted = new RedactedText(text, this.#earlier.at(path, key));
    if (defaults) applyReadable(redacted);
    if (ips) applyIp(redacted);
    return this.#finish(text, redacted, path, key);
  }

  /** A URL whose parts are looked at elsewhere: only a password in it is replaced. */
  url(text: string, path: Path, key: string): string {
    if (!this.#settings.defaults || !text.includes('@') || this.#isSafe(path, key)) return text;
    const redacted = new RedactedText(text, this.#earlier.at(path, key));
    applyUrlPassword(redacted);
    return this.#finish(text, redacted, path, key);
  }

  get removesAddresses(): boolean {
    return this.#settings.ips;
  }

  /** The value of a field that is for addresses: it goes, whatever it is. */
  address(value: unknown, path: Path, key: string): unknown {
    if (!this.#settings.ips || value === null || value === undefined) return value;
    this.remarks.removed(path, key, '@anything:remove');
    return null;
  }

  #object(object: { readonly [key: string]: unknown }, here: NonNullable<Path>, depth: number): unknown {
    let copy: Record<string, unknown> | undefined;
    for (const key in object) {
      const value = object[key];
      const scrubbed = this.value(value, here, key, depth);
      if (scrubbed === value) continue;
      copy ??= { ...object };
      copy[key] = scrubbed;
    }
    return copy ?? object;
  }

  #list(list: readonly unknown[], here: NonNullable<Path>, depth: number): unknown {
    const name = list[0];
    if (list.length === 2 && typeof name === 'string') {
      if (this.#isSafe(here.parent, name)) return list;
      if (this.#settings.flagsOf(name) !== 0) return this.#listedPair(name, list, here, depth);
    }
    let copy: unknown[] | undefined;
    for (let i = 0; i < list.length; i++) {
      const value = list[i];
      const scrubbed = this.value(value, here, i, depth);
      if (scrubbed === value) continue;
      copy ??= [...list];
      copy[i] = scrubbed;
    }
    return copy ?? list;
  }

  /** `[name, value]`: the value as if it stood under the name; it is remarked on at its place in the list. What is hardly a name is a text, too. */
  #listedPair(
    name: string,
    list: readonly unknown[],
    here: NonNullable<Path>,
    depth: number,
  ): readonly unknown[] {
    const scrubbedName = /^[\w.[\]-]{1,100}$/.test(name) ? name : this.#text(name, here, 0);
    const value = this.#valueOfPair(name, list[1], here, depth);
    return scrubbedName === name && value === list[1] ? list : [scrubbedName, value];
  }

  #valueOfPair(name: string, value: unknown, pair: NonNullable<Path>, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value, pair, 1, name);
    if (value === null || (typeof value !== 'object' && typeof value !== 'number')) return value;
    const rule = this.#ruleOfName(name, pair.parent);
    if (rule === undefined) return this.value(value, pair, 1, depth);
    this.remarks.removed(pair, 1, rule);
    return null;
  }

  /** A pair of a request, whose list has the path `list`. */
  pair(
    name: string,
    pair: readonly [string | null, string | null],
    list: NonNullable<Path>,
    i: number,
  ): readonly [string | null, string | null] {
    const value = pair[1];
    if (value === null) return pair;
    const scrubbed = this.#text(value, { parent: list, key: i }, 1, name);
    return scrubbed === value ? pair : [name, scrubbed];
  }

  /** Id of the rule that a name alone sets going. */
  #ruleOfName(name: string, path: Path): string | undefined {
    const flags = this.#settings.flagsOf(name);
    if (flags === 0) return undefined;
    if ((flags & NAME_SECRET) !== 0) return PASSWORD.rule;
    if ((flags & NAME_SENSITIVE) !== 0) return SENSITIVE.rule;
    return (flags & NAME_COOKIE) !== 0 && isOfCookies(path) ? ANYTHING.rule : undefined;
  }

  #text(
    text: string,
    path: Path,
    key: string | number,
    name = typeof key === 'string' ? key : undefined,
  ): string {
    const settings = this.#settings;
    const flags = name === undefined ? 0 : settings.flagsOf(name);
    const isPlain =
      flags === 0 &&
      !(settings.defaults && isCandidate(text)) &&
      !(settings.ips && isIpCandidate(text)) &&
      !this.#isSensitive(text);
    if (isPlain || HARMLESS.has(text)) return text;
    const list = name === undefined || name === key ? path : (path?.parent ?? null);
    if (this.#isSafe(list, name ?? key)) return text;
    const redacted = new RedactedText(text, this.#earlier.at(path, key));
    if (settings.defaults) {
      if ((flags & NAME_SECRET) === 0) applyBeforePassword(redacted);
      if ((flags & NAME_SECRET) !== 0 || holdsSecret(redacted.text)) redacted.replaceAll(PASSWORD);
      else applyAfterPassword(redacted);
    }
    // What the name says goes before addresses: a text that is one would count as dealt with.
    if (!redacted.isGone) {
      if ((flags & NAME_SENSITIVE) !== 0) redacted.replaceAll(SENSITIVE);
      else if ((flags & NAME_COOKIE) !== 0 && isOfCookies(list)) redacted.replaceAll(ANYTHING);
    }
    if (settings.ips) applyIp(redacted);
    if (!redacted.isGone && this.#isSensitive(redacted.text)) redacted.replaceAll(SENSITIVE);
    return this.#finish(text, redacted, path, key);
  }

  #finish(text: string, redacted: RedactedText, path: Path, key: string | number): string {
    if (!redacted.isChanged) return text;
    const { text: scrubbed, remarks, originalLength, length } = redacted.result();
    if (scrubbed === text) return text;
    this.remarks.replaced(path, key, remarks, originalLength, length);
    return scrubbed;
  }

  #isSensitive(text: string): boolean {
    const { sensitive } = this.#settings;
    if (sensitive.length === 0) return false;
    const lower = (text.includes(FILTERED) ? text.replaceAll(FILTERED, '') : text).toLowerCase();
    return sensitive.some((part) => lower.includes(part));
  }

  #isSafe(path: Path, key: string | number): boolean {
    return this.#settings.safe?.(path, key) ?? false;
  }
}

/** Whether the fields of this container are cookies. */
function isOfCookies(path: Path): boolean {
  return typeof path?.key === 'string' && path.key.toLowerCase() === 'cookies';
}
