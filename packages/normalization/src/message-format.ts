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

const PERCENT = /%(?:\(([^()]{0,200})\))?([-+ #0]{0,4})([1-9][0-9]{0,2})?(?:\.([0-9]{1,2}))?([%a-zA-Z])/y;

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
    const [, name, flags = '', width, precision, directive = ''] = match;
    if (directive === '%') out += '%';
    else {
      const value = lookUp(params, name ?? next++);
      const text = value === undefined ? undefined : directiveText(directive, precision, value);
      if (text === undefined) return undefined;
      out += padded(text, flags, Number(width ?? 0));
    }
    if (out.length > maxChars) return out;
  }
  return out + template.slice(copied);
}

/** Undefined for a value that the directive does not take, or a directive that Python does not have. */
function directiveText(directive: string, precision: string | undefined, value: Json): string | undefined {
  if (directive === 's' || directive === 'r' || directive === 'a') return paramText(value);
  if (typeof value !== 'number') return undefined;
  const digits = Number(precision ?? 6);
  switch (directive) {
    case 'd':
    case 'i':
    case 'u':
      return String(Math.trunc(value));
    case 'x':
      return Math.trunc(value).toString(16);
    case 'X':
      return Math.trunc(value).toString(16).toUpperCase();
    case 'o':
      return Math.trunc(value).toString(8);
    case 'f':
    case 'F':
      return value.toFixed(digits);
    case 'e':
      return value.toExponential(digits);
    case 'E':
      return value.toExponential(digits).toUpperCase();
    case 'g':
    case 'G':
      return String(value);
    default:
      return undefined;
  }
}

function padded(text: string, flags: string, width: number): string {
  if (text.length >= width) return text;
  if (flags.includes('-')) return text.padEnd(width);
  return flags.includes('0') ? text.padStart(width, '0') : text.padStart(width);
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
