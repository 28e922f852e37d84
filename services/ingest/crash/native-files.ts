import type { Json, JsonObject } from '@culprit/protocol';
import { decode, decodeMulti } from '@msgpack/msgpack';
import { wholeValues } from './whole-values.ts';

const MAX_BYTES = 1024 * 1024;
const MAX_BREADCRUMBS = 200;

/** An event file of a native SDK: MessagePack, or JSON. What cannot be read is an event that says nothing. */
export function eventOfPayload(bytes: Uint8Array): JsonObject {
  if (bytes.length > MAX_BYTES) return {};
  const value = bytes[0] === 0x7b ? parseJson(bytes) : unpackOne(bytes);
  return isObject(value) ? value : {};
}

/**
 * The breadcrumbs of two files that an SDK writes by turns, each a row of MessagePack objects: the older file first, and not more than the longer one
 * has, because that is how many the SDK keeps.
 */
export function breadcrumbsOf(files: readonly Uint8Array[]): readonly JsonObject[] {
  const lists = files.map(unpackAll).filter((list) => list.length > 0);
  const keep = Math.min(MAX_BREADCRUMBS, Math.max(0, ...lists.map((list) => list.length)));
  lists.sort((a, b) => timeOf(a.at(-1)) - timeOf(b.at(-1)));
  return keep === 0 ? [] : lists.flat().slice(-keep);
}

function timeOf(breadcrumb: JsonObject | undefined): number {
  const { timestamp } = breadcrumb ?? {};
  const ms = typeof timestamp === 'number' ? timestamp * 1000 : Date.parse(String(timestamp));
  return Number.isFinite(ms) ? ms : 0;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function unpackOne(bytes: Uint8Array): unknown {
  try {
    return jsonOf(decode(wholeValues(bytes)));
  } catch {
    return undefined;
  }
}

/** What comes before the first byte that is none is kept: a crash may have cut the last one. Only the newest are made JSON. */
function unpackAll(bytes: Uint8Array): readonly JsonObject[] {
  const found: unknown[] = [];
  if (bytes.length > MAX_BYTES) return [];
  try {
    for (const value of decodeMulti(wholeValues(bytes))) {
      for (const one of Array.isArray(value) ? value : [value]) if (isObject(one)) found.push(one);
    }
  } catch {
    // falls through
  }
  return found.slice(-MAX_BREADCRUMBS).flatMap((one) => {
    try {
      const json = jsonOf(one);
      return isObject(json) ? [json] : [];
    } catch {
      return []; // nested too deeply
    }
  });
}

/** MessagePack has bytes and dates, JSON has not. @throws RangeError when it is nested too deeply. */
function jsonOf(value: unknown): Json {
  const text = JSON.stringify(value, (_key, one: unknown) => {
    if (one instanceof Uint8Array) return null;
    return typeof one === 'bigint' ? String(one) : one;
  });
  return text === undefined ? null : (JSON.parse(text) as Json);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
