import type { JsonObject, NormalizedEvent } from '@culprit/protocol';
import { isTypedContext } from '../contexts.ts';
import type { Path } from '../path.ts';
import { RedactedText } from '../redaction.ts';
import type { Remarks } from '../remarks.ts';
import type { AdvancedRules } from './parse-rules.ts';
import type { AdvancedRule } from './rules.ts';
import { reachOf } from './scope.ts';
import type { Place } from './selector.ts';

type Keys = readonly (string | number)[];
type Rules = readonly AdvancedRule[];

const MAX_DEPTH = 100;
/** Characters that patterns look at in one event, each pattern counted. What is left over then goes as a whole: time is bounded, and nothing slips through. */
const MAX_PATTERN_WORK = 1_000_000;
/** Texts that are no data whatever a rule says (Relay). */
const HARMLESS: ReadonlySet<string> = new Set(['', 'true', 'false', 'null', 'undefined']);

/** Fields in which rules can reach anything. */
const FIELDS =
  `logentry exception stacktrace threads request user breadcrumbs extra contexts tags culprit csp hpkp expectct expectstaple sdk debug_meta`.split(
    ' ',
  );

/** The fields of an event that advanced rules change. */
export function applyAdvancedRules(
  event: NormalizedEvent,
  { applications }: AdvancedRules,
  remarks: Remarks,
): { readonly [field: string]: unknown } {
  const types = new Map(
    Object.entries(event.contexts ?? {}).map(([name, context]) => [name, typeOf(name, context)]),
  );
  const walk = new RulesWalk(applications, remarks, (context) =>
    isTypedContext(types.get(context) ?? context),
  );
  const changes: { [field: string]: unknown } = {};
  for (const field of FIELDS) {
    const value = event[field];
    if (value === undefined || value === null) continue;
    const scrubbed = walk.value(value, [field], null, field);
    if (scrubbed !== value) changes[field] = scrubbed;
  }
  return changes;
}

function typeOf(name: string, context: JsonObject | null): string {
  return typeof context?.type === 'string' ? context.type : name;
}

class RulesWalk {
  readonly #applications: AdvancedRules['applications'];
  readonly #remarks: Remarks;
  readonly #isTyped: (context: string) => boolean;
  #workLeft = MAX_PATTERN_WORK;

  constructor(
    applications: AdvancedRules['applications'],
    remarks: Remarks,
    isTyped: (context: string) => boolean,
  ) {
    this.#applications = applications;
    this.#remarks = remarks;
    this.#isTyped = isTyped;
  }

  /** `keys` is where rules see the value, `path` and `key` where it is. */
  value(value: unknown, keys: Keys, path: Path, key: string | number): unknown {
    if (keys.length > MAX_DEPTH || value === null) return value;
    const type = Array.isArray(value) ? 'array' : typeof value;
    if (type !== 'string' && type !== 'number' && type !== 'array' && type !== 'object') return value;
    const rules = this.#rulesAt({ keys, type }, keys);
    if (type === 'string') return this.#text(value as string, keys, rules, path, key);
    const last = keys.at(-1);
    const name = typeof last === 'string' ? last : '';
    for (const rule of rules) {
      if (rule.kind === 'anything' || (rule.kind === 'pair' && rule.fits(name, true))) {
        this.#remarks.removed(path, key, rule.redaction.rule);
        return null;
      }
    }
    if (type === 'number') return value;
    const here: Path = { parent: path, key };
    return type === 'array'
      ? this.#list(value as readonly unknown[], keys, here)
      : this.#object(value as JsonObject, keys, here);
  }

  #rulesAt(place: Pick<Place, 'keys' | 'type'>, keys: Keys): Rules {
    const reach = reachOf(keys, this.#isTyped);
    if (reach === undefined) return [];
    const seen: Place = { ...place, isGuarded: reach === 'guarded' };
    return this.#applications.flatMap(({ selector, rules }) => (selector(seen) ? rules : []));
  }

  #object(object: JsonObject, keys: Keys, here: Path): unknown {
    let copy: Record<string, unknown> | undefined;
    for (const key in object) {
      const value = object[key];
      const scrubbed = this.value(value, [...keys, key], here, key);
      if (scrubbed === value) continue;
      copy ??= { ...object };
      copy[key] = scrubbed;
    }
    return copy ?? object;
  }

  /** In a list of pairs a name stands for the place. */
  #list(list: readonly unknown[], keys: Keys, here: Path): unknown {
    const arePairs = list.length > 0 && list.every(isPair);
    let copy: unknown[] | undefined;
    for (let i = 0; i < list.length; i++) {
      const value = list[i];
      const scrubbed = arePairs
        ? this.#pair(value as readonly [string, unknown] | null, keys, here, i)
        : this.value(value, [...keys, i], here, i);
      if (scrubbed === value) continue;
      copy ??= [...list];
      copy[i] = scrubbed;
    }
    return copy ?? list;
  }

  #pair(pair: readonly [string, unknown] | null, keys: Keys, here: Path, i: number): unknown {
    if (pair === null || typeof pair[0] !== 'string') return pair;
    const scrubbed = this.value(pair[1], [...keys, pair[0]], { parent: here, key: i }, 1);
    return scrubbed === pair[1] ? pair : [pair[0], scrubbed];
  }

  #text(text: string, keys: Keys, rules: Rules, path: Path, key: string | number): string | null {
    if (rules.length === 0 || HARMLESS.has(text)) return text;
    const last = keys.at(-1);
    const name = typeof last === 'string' ? last : '';
    const redacted = new RedactedText(text);
    for (const rule of rules) {
      if (redacted.isGone) break;
      const isWhole = rule.kind === 'anything' || this.#isOverdue(rule, redacted.text);
      if (isWhole || (rule.kind === 'pair' && (rule.fits(name, true) || rule.fits(redacted.text, false)))) {
        if (rule.removes) {
          this.#remarks.removed(path, key, rule.redaction.rule);
          return null;
        }
        redacted.replaceAll(rule.redaction);
      } else redacted.replace(rule.find(redacted.text), rule.redaction);
    }
    const { text: scrubbed, remarks, originalLength, length } = redacted.result();
    if (scrubbed === text) return text;
    this.#remarks.replaced(path, key, remarks, originalLength, length);
    return scrubbed;
  }

  /** Whether patterns have looked at as much of this event as they may. */
  #isOverdue(rule: AdvancedRule, text: string): boolean {
    if (!rule.isPattern) return false;
    this.#workLeft -= text.length + 100;
    return this.#workLeft < 0;
  }
}

function isPair(entry: unknown): boolean {
  return (
    entry === null ||
    (Array.isArray(entry) && entry.length === 2 && (entry[0] === null || typeof entry[0] === 'string'))
  );
}
