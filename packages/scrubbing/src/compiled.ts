import type { ScrubbingSettings } from '@culprit/protocol';
import { type AdvancedRules, parseAdvancedRules } from './advanced/parse-rules.ts';
import { FILTERED } from './redaction.ts';
import { compileSafeFields, type SafeFields } from './safe-fields.ts';
import { namesSecret, SENSITIVE_COOKIES } from './words.ts';

/** Flags of a name. */
export const NAME_SECRET = 1;
export const NAME_SENSITIVE = 2;
export const NAME_COOKIE = 4;

/** Settings ready to be used. */
export interface CompiledScrubbing {
  readonly defaults: boolean;
  readonly ips: boolean;
  /** Parts of names and texts, lower case; empty: none. */
  readonly sensitive: readonly string[];
  readonly safe: SafeFields | undefined;
  readonly advanced: AdvancedRules;
  /** Nothing is to be done. */
  readonly isIdle: boolean;
  flagsOf(name: string): number;
}

/** Names are few and come again with each event; longer ones are not remembered. 2 MB at most. */
const MAX_NAMES = 4_000;
/** Of these there is a list for each project that has sensitive fields. */
const MAX_NAMES_OF_PROJECT = 200;
const MAX_NAME_CHARS = 100;

/** What the default rules say of names. That it is remembered makes no difference but in time. */
const defaultFlags = remembering(
  MAX_NAMES,
  (lower) => (namesSecret(lower) ? NAME_SECRET : 0) | (SENSITIVE_COOKIES.has(lower) ? NAME_COOKIE : 0),
);

/** Remembers the flags of the last names. */
function remembering(maxNames: number, flagsOf: (lower: string) => number): (name: string) => number {
  const names = new Map<string, number>();
  return (name) => {
    let flags = names.get(name);
    if (flags !== undefined) return flags;
    // What stands there since an earlier time is no name.
    flags = flagsOf(name.replaceAll(FILTERED, '').toLowerCase());
    if (name.length <= MAX_NAME_CHARS) {
      if (names.size >= maxNames) names.clear();
      names.set(name, flags);
    }
    return flags;
  };
}

/** Compiled once for each settings object, and kept as long as that is. */
const compiled = new WeakMap<ScrubbingSettings, CompiledScrubbing>();

export function compiledScrubbing(settings: ScrubbingSettings): CompiledScrubbing {
  let scrubbing = compiled.get(settings);
  if (scrubbing === undefined) {
    scrubbing = compile(settings);
    compiled.set(settings, scrubbing);
  }
  return scrubbing;
}

function compile(settings: ScrubbingSettings): CompiledScrubbing {
  const defaults = settings.dataScrubber && settings.dataScrubberDefaults;
  const ips = settings.scrubIPAddresses;
  const sensitive = settings.dataScrubber
    ? settings.sensitiveFields.map((field) => field.trim().toLowerCase()).filter(Boolean)
    : [];
  const advanced = parseAdvancedRules(settings.relayPiiConfig);
  const ownFlags = remembering(MAX_NAMES_OF_PROJECT, (lower) =>
    sensitive.some((part) => lower.includes(part)) ? NAME_SENSITIVE : 0,
  );
  return {
    defaults,
    ips,
    sensitive,
    safe: compileSafeFields(settings.safeFields),
    advanced,
    isIdle: !defaults && !ips && sensitive.length === 0 && advanced.applications.length === 0,
    flagsOf: (name) => (defaults ? defaultFlags(name) : 0) | (sensitive.length > 0 ? ownFlags(name) : 0),
  };
}
