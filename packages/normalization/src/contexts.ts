import type { ClientHints, Json, JsonObject } from '@culprit/protocol';
import { boundBag } from './bags.ts';
import { readClientHints } from './client-hints.ts';
import { objectOrNote } from './field-rules.ts';
import { isStorableKey } from './json-object.ts';
import type { Notes, Path } from './notes.ts';
import { describedRuntime, readSystemDescription, withDescription } from './raw-description.ts';
import { normalizeTrace, replaceId } from './trace-context.ts';
import { parseUserAgent, type UserAgentFacts } from './user-agent.ts';

const MAX_BYTES = 8192;
const MAX_DEPTH = 7;
/** Contexts of one event; SDKs send about ten. */
const MAX_CONTEXTS = 200;
/** Feature flags that SDKs keep. */
const MAX_FLAGS = 100;
const CONTEXTS: Path = { parent: null, key: 'contexts' };

type Contexts = { [name: string]: JsonObject };

/** What a request says of the program that sent it. */
export interface ClientFacts {
  readonly platform: string;
  readonly userAgent: string | undefined;
  readonly hints: ClientHints | undefined;
}

/** The contexts, each with a `type`, completed by what the request tells of the client; what the sender gave stays. Undefined when there is none. */
export function normalizeContexts(value: unknown, client: ClientFacts, notes: Notes): Contexts | undefined {
  const contexts: Contexts = {};
  const sent = objectOrNote(value, notes, null, 'contexts') ?? {};
  let left = MAX_CONTEXTS;
  for (const name in sent) {
    if (name === 'reprocessing' || !isStorableKey(name)) continue;
    const raw = objectOrNote(sent[name], notes, CONTEXTS, name);
    if (raw !== undefined && left-- > 0) contexts[name] = normalizeContext(name, raw, notes);
  }
  addClient(contexts, client);
  return Object.keys(contexts).length === 0 ? undefined : contexts;
}

function normalizeContext(name: string, raw: JsonObject, notes: Notes): JsonObject {
  const named = typeof raw.type === 'string' ? raw : { ...raw, type: name };
  const sent = named.type === 'flags' ? newestFlags(named) : named;
  const context = boundBag(sent, MAX_BYTES, MAX_DEPTH, notes, CONTEXTS, name) as JsonObject;
  const path: Path = { parent: CONTEXTS, key: name };
  switch (context.type) {
    case 'trace':
      return normalizeTrace(context, notes, path);
    case 'os':
    case 'client_os':
      return withDescription(context, readSystemDescription);
    case 'runtime':
      return describedRuntime(context);
    case 'feedback':
      return withIds(context, ['associated_event_id', 'replay_id'], notes, path);
    case 'replay':
      return withIds(context, ['replay_id'], notes, path);
    default:
      return context;
  }
}

function withIds(context: JsonObject, keys: readonly string[], notes: Notes, path: Path): JsonObject {
  const draft: { [key: string]: Json | undefined } = { ...context };
  for (const key of keys) replaceId(draft, key, 32, notes, path);
  return draft;
}

/** The last flags are those that were evaluated last; what is too much is taken from the beginning. */
function newestFlags(context: JsonObject): JsonObject {
  const { values } = context;
  return Array.isArray(values) && values.length > MAX_FLAGS
    ? { ...context, values: values.slice(-MAX_FLAGS) }
    : context;
}

/** A server's own system stands under `os`; that of its visitor goes under `client_os`. */
function addClient(contexts: Contexts, { platform, userAgent, hints }: ClientFacts): void {
  if (userAgent === undefined && hints === undefined) return;
  const told: UserAgentFacts = userAgent === undefined ? {} : parseUserAgent(userAgent);
  const facts = hints === undefined ? told : readClientHints(hints, told);
  if (facts.browser) contexts.browser ??= { ...facts.browser, type: 'browser' };
  if (facts.device) contexts.device ??= { ...facts.device, type: 'device' };
  const osKey = platform === 'javascript' ? 'os' : 'client_os';
  if (facts.os) contexts[osKey] ??= { ...facts.os, type: osKey };
}
