/** Whether advanced rules reach a value: `open` any selector does, `guarded` only one that names where it is; undefined: none does. */
export type Reach = 'open' | 'guarded' | undefined;

const OPEN_FIELDS: ReadonlySet<string> = new Set([
  'extra',
  'user',
  'csp',
  'hpkp',
  'expectct',
  'expectstaple',
  'debug_meta',
]);
const PLAIN_REQUEST: ReadonlySet<unknown> = new Set([
  'method',
  'inferred_content_type',
  'body_size',
  'api_target',
  'protocol',
]);
const OPEN_MECHANISM: ReadonlySet<unknown> = new Set(['description', 'data']);
const GUARDED_FRAME: ReadonlySet<unknown> = new Set(['module', 'filename', 'abs_path', 'package']);
const OPEN_RESPONSE: ReadonlySet<unknown> = new Set(['cookies', 'headers', 'data']);

/** How far rules reach at a path. What names an event, its release or its code is out of reach, and so are containers that hold both. */
export function reachOf(keys: readonly (string | number)[], isTyped: (context: string) => boolean): Reach {
  const [field, second, third] = keys;
  if (typeof field !== 'string') return undefined;
  if (OPEN_FIELDS.has(field)) return 'open';
  switch (field) {
    case 'request':
      if (second === undefined || PLAIN_REQUEST.has(second)) return undefined;
      return second === 'url' ? 'guarded' : 'open';
    case 'logentry':
      return second === 'formatted' || second === 'params' ? 'open' : undefined;
    case 'breadcrumbs':
      return keys[3] === 'message' || keys[3] === 'data' ? 'open' : undefined;
    case 'contexts':
      if (typeof second !== 'string') return undefined;
      if (second === 'response' && OPEN_RESPONSE.has(third)) return 'open';
      return isTyped(second) ? (third === undefined ? undefined : 'guarded') : 'open';
    case 'tags':
    case 'culprit':
      return 'guarded';
    case 'sdk':
      return second === 'client_ip' ? 'open' : undefined;
    case 'exception':
      if (keys[3] === 'value') return 'open';
      if (keys[3] === 'mechanism') return OPEN_MECHANISM.has(keys[4]) ? 'open' : undefined;
      return reachOfFrame(keys);
    case 'threads':
    case 'stacktrace':
      return reachOfFrame(keys);
    default:
      return undefined;
  }
}

function reachOfFrame(keys: readonly (string | number)[]): Reach {
  const frames = keys.indexOf('frames');
  if (frames < 0) return undefined;
  const name = keys[frames + 2];
  if (name === 'vars') return 'open';
  return GUARDED_FRAME.has(name) ? 'guarded' : undefined;
}
