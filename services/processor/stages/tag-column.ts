import type { JsonObject, NormalizedEvent } from '@culprit/protocol';

/** Contexts that people look for among the tags, with the fields that make the tag `<context>` and those that make `<context>.name`. */
const FROM_CONTEXTS = [
  { context: 'browser', whole: ['name', 'version'], name: 'name' },
  { context: 'os', whole: ['name', 'version'], name: 'name' },
  { context: 'client_os', whole: ['name', 'version'], name: 'name' },
  { context: 'runtime', whole: ['name', 'version'], name: 'name' },
  { context: 'device', whole: ['model'], name: 'family' },
] as const;

/**
 * The tags of an event's row: what was sent, and what its contexts say of browser, system, runtime and device. A tag that was sent wins over a
 * derived one. The stored event itself keeps only what was sent.
 */
export function tagColumnOf(event: NormalizedEvent): readonly (readonly [string, string])[] {
  const tags = new Map<string, string>();
  for (const { context, whole, name } of FROM_CONTEXTS) {
    const facts = event.contexts?.[context];
    if (facts === undefined || facts === null) continue;
    put(
      tags,
      context,
      whole
        .map((field) => textOf(facts, field))
        .filter(Boolean)
        .join(' '),
    );
    put(tags, context === 'device' ? 'device.family' : `${context}.name`, textOf(facts, name));
  }
  for (const pair of event.tags ?? []) {
    const [key, value] = pair ?? [];
    if (key && value) tags.set(key, value);
  }
  return [...tags];
}

function put(tags: Map<string, string>, key: string, value: string): void {
  if (value !== '') tags.set(key, value.slice(0, 200));
}

function textOf(facts: JsonObject, field: string): string {
  const value = facts[field];
  return typeof value === 'string' ? value : '';
}
