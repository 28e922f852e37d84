import type { Json } from '@culprit/protocol';
import { isObject } from './json-object.ts';
import { jsonText } from './json-text.ts';

/**
 * Fills a message template: Python's `%s`, `%d`, `%(name)s` when there is a `%` in it, else `{}`, `{0}`, `{name}`. The template comes back
 * unchanged when a parameter is missing or a directive is not known. The result has at most about `maxChars` characters.
 */
export function formatMessage(template: string, params: Json, maxChars: number): string {
  const values = Array.isArray(params) || isObject(params) ? params : [];
  const filled = template.includes('%')
    ? fillPercent(template, values, maxChars)
    : fillCurly(template, values, maxChars);
  return filled ?? template;
}

type Params = readonly Json[] | { readonly [key: string]: Json | undefined };

function lookUp(params: Params, key: string | number): Json | undefined {
  if (Array.isArray(params)) return params[Number(key)];
  const named = params as { readonly [key: string]: Json | undefined };
  return Object.hasOwn(named, key) ? named[key] : undefined;
}

function paramText(value: Json): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'number' ? String(value) : jsonText(value, 2048);
}

const PERCENT = /%(?:\(([^()]{0,200})\))?[-+ #0]{0,4}[0-9]{0,3}(?:\.[0-9]{0,3})?([%a-zA-Z])/y;
const NUMERIC = 'dixXofFgGeEu';

function fillPercent(template: string, params: Params, maxChars: number): string | undefined {
  let out = '';
  let copied = 0;
  let next = 0;
  for (let at = template.indexOf('%'); at >= 0; at = template.indexOf('%', copied)) {
    PERCENT.lastIndex = at;
    const match = PERCENT.exec(template);
    if (match === null) return undefined;
    out += template.slice(copied, at);
    copied = at + match[0].length;
    const directive = match[2] ?? '';
    if (directive === '%') out += '%';
    else {
      const value = lookUp(params, match[1] ?? next++);
      if (value === undefined) return undefined;
      if (directive !== 's' && directive !== 'r' && directive !== 'a' && !NUMERIC.includes(directive))
        return undefined;
      if (NUMERIC.includes(directive) && typeof value !== 'number') return undefined;
      out += paramText('di'.includes(directive) && typeof value === 'number' ? Math.trunc(value) : value);
    }
    if (out.length > maxChars) return out;
  }
  return out + template.slice(copied);
}

const CURLY = /\{([A-Za-z0-9_.-]{0,200})\}/y;

function fillCurly(template: string, params: Params, maxChars: number): string | undefined {
  let out = '';
  let copied = 0;
  let next = 0;
  for (let at = template.indexOf('{'); at >= 0; at = template.indexOf('{', Math.max(copied, at + 1))) {
    CURLY.lastIndex = at;
    const match = CURLY.exec(template);
    if (match === null) continue;
    const name = match[1] ?? '';
    const value = lookUp(params, name === '' ? next++ : name);
    if (value === undefined) return undefined;
    out += template.slice(copied, at) + paramText(value);
    copied = at + match[0].length;
    if (out.length > maxChars) return out;
  }
  return out + template.slice(copied);
}
