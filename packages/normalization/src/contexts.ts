import type { JsonObject } from '@culprit/protocol';
import { boundBag } from './bags.ts';
import { isObject, isStorableKey } from './json-object.ts';
import type { Notes, Path } from './notes.ts';
import { parseUserAgent } from './user-agent.ts';

const MAX_BYTES = 8192;
const MAX_DEPTH = 7;
/** Contexts of one event; SDKs send about ten. */
const MAX_CONTEXTS = 200;
const CONTEXTS: Path = { parent: null, key: 'contexts' };

type Contexts = { [name: string]: JsonObject };

/** The contexts, each with a `type`, completed by what the User-Agent tells; what the sender gave stays. Undefined when there is none. */
export function normalizeContexts(
  value: unknown,
  userAgent: string | undefined,
  platform: string,
  notes: Notes,
): Contexts | undefined {
  const contexts: Contexts = {};
  if (isObject(value)) {
    let left = MAX_CONTEXTS;
    for (const name in value) {
      const raw = value[name];
      if (raw === null || raw === undefined || name === 'reprocessing' || !isStorableKey(name)) continue;
      if (!isObject(raw)) notes.invalid(CONTEXTS, name, 'expected an object', raw);
      else if (left-- > 0) contexts[name] = normalizeContext(name, raw, notes);
    }
  } else if (value !== null && value !== undefined) {
    notes.invalid(null, 'contexts', 'expected an object', value);
  }
  if (userAgent) addUserAgent(contexts, userAgent, platform);
  return Object.keys(contexts).length === 0 ? undefined : contexts;
}

function normalizeContext(name: string, raw: JsonObject, notes: Notes): JsonObject {
  const named = typeof raw.type === 'string' ? raw : { ...raw, type: name };
  const typed = boundBag(named, MAX_BYTES, MAX_DEPTH, notes, CONTEXTS, name) as JsonObject;
  return typed.type === 'trace' ? normalizeTrace(name, typed, notes) : typed;
}

function normalizeTrace(name: string, raw: JsonObject, notes: Notes): JsonObject {
  const path: Path = { parent: CONTEXTS, key: name };
  const trace: { [key: string]: JsonObject[string] } = { ...raw };
  for (const [key, length] of [
    ['trace_id', 32],
    ['span_id', 16],
    ['parent_span_id', 16],
  ] as const) {
    const sent = trace[key];
    if (sent === null || sent === undefined) continue;
    const id = traceIdentifier(sent, length);
    if (id === undefined) {
      if (!(key === 'parent_span_id' && sent === ''))
        notes.invalid(path, key, `expected ${length} hex digits`, sent);
      delete trace[key];
    } else trace[key] = id;
  }
  if (typeof trace.status !== 'string') trace.status = 'unknown';
  return trace;
}

function traceIdentifier(value: unknown, length: number): string | undefined {
  if (typeof value !== 'string' || value.length > length + 4) return undefined;
  const id = value.replaceAll('-', '').toLowerCase();
  return id.length === length && /^[0-9a-f]+$/.test(id) && !/^0+$/.test(id) ? id : undefined;
}

/** A server's own system stands under `os`; that of its visitor goes under `client_os`. */
function addUserAgent(contexts: Contexts, userAgent: string, platform: string): void {
  const facts = parseUserAgent(userAgent);
  if (facts.browser) contexts.browser ??= { ...facts.browser, type: 'browser' };
  if (facts.device) contexts.device ??= { ...facts.device, type: 'device' };
  const osKey = platform === 'javascript' ? 'os' : 'client_os';
  if (facts.os) contexts[osKey] ??= { ...facts.os, type: osKey };
}
