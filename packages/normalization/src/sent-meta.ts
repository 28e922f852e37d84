import type { JsonObject } from '@culprit/protocol';
import { boundBag } from './bags.ts';
import { isObject, isStorableKey } from './json-object.ts';
import { Notes } from './notes.ts';

/** Nodes of the sender's `_meta` that are looked at; SDKs note some dozens of cut values. */
const MAX_NODES = 500;
const MAX_DEPTH = 30;
const OWN_FACTS = ['rem', 'err', 'len', 'val'] as const;

type MetaNode = { [key: string]: unknown };

/**
 * `_meta` of a stored event: our notes and those of the sender, who may have cut values before sending. Theirs stay where the stored event still has the
 * value at the same place. Undefined when there are none.
 */
export function mergeMeta(
  ours: JsonObject | undefined,
  sent: unknown,
  event: JsonObject,
): JsonObject | undefined {
  if (!isObject(sent)) return ours;
  const root = (ours ?? Object.create(null)) as MetaNode;
  merge(root, sent, event, { left: MAX_NODES }, MAX_DEPTH);
  return Object.keys(root).length === 0 ? undefined : (root as JsonObject);
}

function merge(
  target: MetaNode,
  sent: JsonObject,
  value: unknown,
  budget: { left: number },
  depth: number,
): void {
  for (const key in sent) {
    const node = sent[key];
    if (!isObject(node)) continue;
    if (--budget.left < 0) return;
    if (key === '') addFacts(target, node);
    else if (depth > 0 && isStorableKey(key) && hasEntry(value, key)) {
      const child = (target[key] ?? Object.create(null)) as MetaNode;
      merge(child, node, value[key], budget, depth - 1);
      if (Object.keys(child).length > 0) target[key] = child;
    }
  }
}

function hasEntry(value: unknown, key: string): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

/** Ours come first and win where there can be only one. */
function addFacts(target: MetaNode, sent: JsonObject): void {
  const facts = boundBag(sent, 1024, 5, new Notes(), null, '') as JsonObject;
  const own = (target[''] ?? {}) as MetaNode;
  for (const name of OWN_FACTS) {
    const theirs = facts[name];
    if (theirs === undefined || theirs === null) continue;
    if (name === 'rem' || name === 'err') {
      if (Array.isArray(theirs)) own[name] = [...((own[name] as unknown[] | undefined) ?? []), ...theirs];
    } else own[name] ??= theirs;
  }
  if (Object.keys(own).length > 0) target[''] = own;
}
