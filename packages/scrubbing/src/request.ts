import type { JsonObject, Pairs } from '@culprit/protocol';
import { changed, isObject, mapped } from './changed.ts';
import type { Path } from './path.ts';
import type { Scrubber } from './scrubber.ts';

const REQUEST: NonNullable<Path> = { parent: null, key: 'request' };
const ENV: Path = { parent: REQUEST, key: 'env' };

/** Fields that say what kind of request it was, and nothing of what was in it. */
const PLAIN: ReadonlySet<string> = new Set([
  'method',
  'inferred_content_type',
  'body_size',
  'api_target',
  'protocol',
]);

/** Body, query, fragment, cookies, headers and environment; of the URL only its password, since it names the page. */
export function scrubRequest(request: JsonObject, scrubber: Scrubber): JsonObject {
  let scrubbed = request;
  for (const key in request) {
    const value = request[key];
    if (value !== null && value !== undefined && !PLAIN.has(key)) {
      scrubbed = changed(scrubbed, key, scrubField(key, value, scrubber));
    }
  }
  return scrubbed;
}

function scrubField(key: string, value: unknown, scrubber: Scrubber): unknown {
  switch (key) {
    case 'url':
      return typeof value === 'string' ? scrubber.url(value, REQUEST, key) : value;
    case 'headers':
    case 'cookies':
    case 'query_string':
      return isPairs(value) ? scrubPairs(key, value, scrubber) : scrubber.within(value, REQUEST, key);
    case 'env':
      return isObject(value) ? scrubEnvironment(value, scrubber) : scrubber.within(value, REQUEST, key);
    default:
      return scrubber.within(value, REQUEST, key);
  }
}

function scrubPairs(key: string, pairs: Pairs, scrubber: Scrubber): Pairs {
  const list: NonNullable<Path> = { parent: REQUEST, key };
  return mapped(pairs, (pair, i) => {
    const name = pair?.[0];
    if (!pair || typeof name !== 'string') return pair;
    const isUserAgent = key === 'headers' && name.toLowerCase() === 'user-agent';
    return isUserAgent ? pair : scrubber.pair(name, pair, list, i);
  });
}

function scrubEnvironment(env: JsonObject, scrubber: Scrubber): unknown {
  const address = scrubber.removesAddresses ? env.REMOTE_ADDR : undefined;
  if (address === undefined || address === null) return scrubber.within(env, REQUEST, 'env');
  const { REMOTE_ADDR: _gone, ...others } = env;
  return {
    ...(scrubber.within(others, REQUEST, 'env') as JsonObject),
    REMOTE_ADDR: scrubber.address(address, ENV, 'REMOTE_ADDR'),
  };
}

/** As normalization leaves them: a pair, or the name or value of one, may be null. */
function isPairs(value: unknown): value is Pairs {
  return (
    Array.isArray(value) &&
    value.every(
      (pair) =>
        pair === null ||
        (Array.isArray(pair) && pair.length === 2 && isTextOrNull(pair[0]) && isTextOrNull(pair[1])),
    )
  );
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
