/** What is known about a flag where it is declared. */
export interface FlagDefinition {
  readonly description: string;
  /** Who decides about it and removes it. */
  readonly owner: string;
  /** `YYYY-MM-DD`, UTC: from the day after, a test fails until the flag is gone or has a later date. */
  readonly endsOn: string;
  /** What holds while nobody has set a rule, and while the database cannot be asked. */
  readonly default: boolean;
}

export type FlagDefinitions = Readonly<Record<string, FlagDefinition>>;

const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const DAY_MS = 86_400_000;

const defined = new Map<string, FlagDefinition>();

/** Declares flags; their names become the type of what may be asked. @throws RangeError for a bad name, a bad day or a name declared twice. */
export function defineFlags<const D extends FlagDefinitions>(definitions: D): D {
  for (const [name, definition] of Object.entries(definitions)) {
    if (!NAME.test(name)) throw new RangeError(`flag ${name}: not a kebab-case name`);
    if (!DAY.test(definition.endsOn) || Number.isNaN(Date.parse(definition.endsOn))) {
      throw new RangeError(`flag ${name}: endsOn is no day`);
    }
    if (defined.has(name)) throw new RangeError(`flag ${name} is declared twice`);
    defined.set(name, definition);
  }
  return definitions;
}

/** Names of the declared flags whose last day is over. `now` is unix milliseconds. */
export function expiredFlags(now: number): readonly string[] {
  return [...defined]
    .filter(([, { endsOn }]) => now >= Date.parse(endsOn) + DAY_MS)
    .map(([name]) => name)
    .sort();
}
