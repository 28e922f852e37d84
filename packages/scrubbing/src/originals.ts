import type { EventError, JsonObject, NormalizedEvent } from '@culprit/protocol';
import type { AdvancedRules } from './advanced/parse-rules.ts';
import { changed, isObject, mapped } from './changed.ts';
import type { CompiledScrubbing } from './compiled.ts';
import { isTree } from './remarks.ts';
import { Scrubber } from './scrubber.ts';

/**
 * Normalization keeps values that it could not use, in `errors` and `_meta`. Such a value goes when a rule would have changed it, wherever it stood: nobody
 * needs it, and it must not be a way around the rules.
 */
export function scrubOriginals(
  event: NormalizedEvent,
  settings: CompiledScrubbing,
): { errors?: unknown; _meta?: unknown } | undefined {
  const { errors, _meta } = event;
  if (!errors?.length && !_meta) return undefined;
  const isHarmless = (value: unknown, name: string): boolean =>
    new Scrubber(settings).value(value, null, name) === value && !isFoundBy(settings.advanced, value);
  const keptErrors = errors && mapped(errors, (error) => withoutValue(error, isHarmless));
  const keptMeta = _meta && withoutOriginals(_meta, '', isHarmless, 0);
  return {
    ...(keptErrors === errors ? {} : { errors: keptErrors }),
    ...(keptMeta === _meta ? {} : { _meta: keptMeta }),
  };
}

/** An advanced rule goes by the place, which a value that was not usable has lost. */
function isFoundBy({ applications }: AdvancedRules, value: unknown): boolean {
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).some((inner) => isFoundBy({ applications, problems: [] }, inner));
  }
  if (typeof value !== 'string') return false;
  return applications.some(({ rules }) =>
    rules.some((rule) => (rule.kind === 'text' ? rule.find(value).length > 0 : rule.fits(value, false))),
  );
}

type Harmless = (value: unknown, name: string) => boolean;

function withoutValue(error: EventError, isHarmless: Harmless): EventError {
  if (error.value === undefined || error.value === null) return error;
  const name = (error.name ?? '').split('.').at(-1) ?? '';
  if (isHarmless(error.value, name)) return error;
  const { value: _gone, ...kept } = error;
  return kept;
}

const MAX_DEPTH = 100;

function withoutOriginals(node: JsonObject, name: string, isHarmless: Harmless, depth: number): JsonObject {
  if (depth > MAX_DEPTH) return node;
  let kept = node;
  for (const key in node) {
    const child = node[key];
    if (!isObject(child)) continue;
    if (key !== '') kept = changed(kept, key, withoutOriginals(child, key, isHarmless, depth + 1));
    else if (isTree(child) && child.val !== undefined && !isHarmless(child.val, name)) {
      const { val: _gone, ...meta } = child;
      kept = changed(kept, key, meta);
    }
  }
  return kept;
}
