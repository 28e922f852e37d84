import { type AdvancedRules, parseAdvancedRules } from './advanced/parse-rules.ts';
import { FILTERED } from './redaction.ts';
import { compileSafeFields, type SafeFields } from './safe-fields.ts';
import type { ScrubbingSettings } from './settings.ts';
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

/** Names are few and come again with each event. Longer ones are not remembered: 2 MB at most for each settings. */
const MAX_NAMES = 4_000;
const MAX_NAME_CHARS = 100;

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
  const names = new Map<string, number>();
  const readFlags = (name: string): number => {
    // What stands there since an earlier time is no name.
    const lower = name.replaceAll(FILTERED, '').toLowerCase();
    return (
      (defaults && namesSecret(lower) ? NAME_SECRET : 0) |
      (sensitive.some((part) => lower.includes(part)) ? NAME_SENSITIVE : 0) |
      (defaults && SENSITIVE_COOKIES.has(lower) ? NAME_COOKIE : 0)
    );
  };
  return {
    defaults,
    ips,
    sensitive,
    safe: compileSafeFields(settings.safeFields),
    advanced,
    isIdle: !defaults && !ips && sensitive.length === 0 && advanced.applications.length === 0,
    flagsOf: (name) => {
      let flags = names.get(name);
      if (flags !== undefined) return flags;
      flags = readFlags(name);
      if (name.length <= MAX_NAME_CHARS) {
        if (names.size >= MAX_NAMES) names.clear();
        names.set(name, flags);
      }
      return flags;
    },
  };
}
