import type { JsonObject } from '@culprit/protocol';
import { changed, isObject } from './changed.ts';
import type { Path } from './path.ts';
import type { Scrubber } from './scrubber.ts';

const CONTEXTS: Path = { parent: null, key: 'contexts' };

/** Contexts with a schema: what is in them is about machines and programs. */
const TYPED: ReadonlySet<string> = new Set(
  `device os client_os runtime app browser gpu trace monitor culture replay profile flags memory_info threadpool_info ota_updates spring
   unity nel otel cloud_resource performance_score`.split(/\s+/),
);

/** Whether a context of this type has a schema. */
export function isTypedContext(type: string): boolean {
  return TYPED.has(type) || type === 'feedback' || type === 'response';
}

/** Contexts of the sender's own making, whole; of a response what can be a person's; of feedback nothing that would make it unreadable. */
export function scrubContexts(contexts: JsonObject, scrubber: Scrubber): JsonObject {
  let scrubbed = contexts;
  for (const name in contexts) {
    const context = contexts[name];
    if (isObject(context)) scrubbed = changed(scrubbed, name, scrubContext(name, context, scrubber));
  }
  return scrubbed;
}

function scrubContext(name: string, context: JsonObject, scrubber: Scrubber): unknown {
  const type = typeof context.type === 'string' ? context.type : name;
  if (type === 'feedback') return scrubFeedback(name, context, scrubber);
  if (type === 'response') return scrubResponse(name, context, scrubber);
  if (TYPED.has(type)) return context;
  const here: Path = { parent: CONTEXTS, key: name };
  let scrubbed = context;
  for (const key in context) {
    // The type says what it is, as the name does.
    if (key !== 'type') scrubbed = changed(scrubbed, key, scrubber.value(context[key], here, key));
  }
  return scrubbed;
}

/** The people who write it want to be read. */
function scrubFeedback(name: string, context: JsonObject, scrubber: Scrubber): JsonObject {
  const here: Path = { parent: CONTEXTS, key: name };
  const { message, url } = context;
  const scrubbed =
    typeof message === 'string'
      ? changed(context, 'message', scrubber.readable(message, here, 'message'))
      : context;
  return typeof url === 'string' ? changed(scrubbed, 'url', scrubber.url(url, here, 'url')) : scrubbed;
}

function scrubResponse(name: string, context: JsonObject, scrubber: Scrubber): JsonObject {
  const here: Path = { parent: CONTEXTS, key: name };
  let scrubbed = context;
  for (const key of ['cookies', 'headers', 'data']) {
    const value = context[key];
    if (value === undefined) continue;
    scrubbed = changed(scrubbed, key, scrubber.within(value, here, key));
  }
  return scrubbed;
}
