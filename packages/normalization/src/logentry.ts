import type { Json, NormalizedEvent } from '@culprit/protocol';
import { boundBag } from './bags.ts';
import { limited } from './field-rules.ts';
import { type Draft, isObject } from './json-object.ts';
import { jsonText } from './json-text.ts';
import { formatMessage } from './message-format.ts';
import type { Notes, Path } from './notes.ts';

type LogEntry = NonNullable<NormalizedEvent['logentry']>;

const LIMIT = 8192;
const ALLOWANCE = 200;
const LOGENTRY: Path = { parent: null, key: 'logentry' };

/** The log message: template, text and parameters. What has no template keeps only its text, in `formatted`. */
export function normalizeLogentry(value: unknown, notes: Notes): LogEntry | undefined {
  if (value === null || value === undefined || value === false) return undefined;
  if (!isObject(value)) return formattedOnly(value, notes);
  const message = textOf(value.message, 'message', notes);
  const params = paramsOf(value.params, notes);
  let formatted = textOf(value.formatted, 'formatted', notes);
  if (message !== undefined && formatted === undefined) {
    const text = params === undefined ? message : formatMessage(message, params, LIMIT + ALLOWANCE + 1);
    formatted = limited(text, LIMIT, ALLOWANCE, notes, LOGENTRY, 'formatted');
  }
  if (formatted === undefined) {
    if (Object.keys(value).length > 0) notes.invalid(null, 'logentry', 'no message present', value);
    return undefined;
  }
  const entry: Draft<LogEntry> = { formatted };
  if (message !== undefined && message !== formatted) entry.message = message;
  if (params !== undefined) entry.params = params;
  return entry;
}

function formattedOnly(value: unknown, notes: Notes): LogEntry | undefined {
  const formatted = textOf(value, 'formatted', notes);
  return formatted === undefined ? undefined : { formatted };
}

function textOf(value: unknown, key: string, notes: Notes): string | undefined {
  if (value === null || value === undefined || value === false) return undefined;
  const text = typeof value === 'string' ? value : jsonText(value, LIMIT + ALLOWANCE + 1);
  return text === '' ? undefined : limited(text, LIMIT, ALLOWANCE, notes, LOGENTRY, key);
}

function paramsOf(value: unknown, notes: Notes): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'object') return boundBag(value, 2048, 5, notes, LOGENTRY, 'params');
  notes.invalid(LOGENTRY, 'params', 'expected message parameters', value);
  return undefined;
}
