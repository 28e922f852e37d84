import { json, type Queryable, sql } from '@culprit/postgres';
import type { Logger } from '@culprit/runtime';
import type { FlagDefinitions } from './define-flags.ts';
import { type FlagRules, type FlagSubject, flagRules, isOnByRules } from './rules.ts';

export interface Flags<Name extends string> {
  /** Answers from memory. Without a subject only rules for everybody count. */
  isOn(name: Name, subject?: FlagSubject): boolean;
  /** Reads the rules now. @throws PostgresError; what was known before stays. */
  refresh(): Promise<void>;
  stop(): void;
}

export interface FlagsOptions<D extends FlagDefinitions> {
  readonly definitions: D;
  readonly database: Queryable;
  readonly logger: Logger;
  /** Milliseconds between two readings. Default 5,000. */
  readonly refreshMs?: number;
}

/** Flags with their rules in memory, read every few seconds. While the database is away the last rules hold, or the defaults. */
export async function startFlags<const D extends FlagDefinitions>(
  options: FlagsOptions<D>,
): Promise<Flags<Extract<keyof D, string>>> {
  const { definitions, database, logger } = options;
  let known: ReadonlyMap<string, FlagRules> = new Map();
  let reading = false;

  const refresh = async (): Promise<void> => {
    known = await readRules(database, definitions, logger);
  };
  const refreshQuietly = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    try {
      await refresh();
    } catch (err) {
      logger.warn({ err }, 'flag rules could not be read; the last ones hold');
    } finally {
      reading = false;
    }
  };

  await refreshQuietly();
  const timer = setInterval(refreshQuietly, options.refreshMs ?? 5_000).unref();
  return {
    isOn: (name, subject = {}) => {
      const rules = known.get(name);
      return rules === undefined ? (definitions[name]?.default ?? false) : isOnByRules(name, rules, subject);
    },
    refresh,
    stop: () => clearInterval(timer),
  };
}

/** Sets the rules of a flag, in place of those before. @throws ZodError for rules that are none. */
export async function setFlagRules(
  database: Queryable,
  name: string,
  rules: FlagRules,
  now: number,
): Promise<void> {
  await database.execute(sql`
    insert into feature_flags (name, rules, updated_at)
    values (${name}, ${json(flagRules.parse(rules))}, ${new Date(now)})
    on conflict (name) do update set rules = excluded.rules, updated_at = excluded.updated_at`);
}

/** Rules that do not parse, perhaps written by newer code, count as none. */
async function readRules(
  database: Queryable,
  definitions: FlagDefinitions,
  logger: Logger,
): Promise<ReadonlyMap<string, FlagRules>> {
  const rows = await database.many<{ name: string; rules: unknown }>(
    sql`select name, rules from feature_flags where name = any(${Object.keys(definitions)}::text[])`,
  );
  const rules = new Map<string, FlagRules>();
  for (const row of rows) {
    const parsed = flagRules.safeParse(row.rules);
    if (parsed.success) rules.set(row.name, parsed.data);
    else logger.warn({ flag: row.name }, 'flag rules are not understood');
  }
  return rules;
}
