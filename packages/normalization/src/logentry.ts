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
/** Text that is made here need not be longer to be cut. */
const ENOUGH = LIMIT + ALLOWANCE + 1;
const LOGENTRY: Path = { parent: null, key: 'logentry' };

/** The log message: template, text and parameters. What has no template keeps only its text, in `formatted`. */
export function normalizeLogentry(value: unknown, notes: Notes): LogEntry | undefined {
  if (value === null || value === undefined || value === false) return undefined;
  const raw: { readonly [key: string]: unknown } = isObject(value) ? value : { formatted: value };
  const message = textOf(raw.message);
  const params = paramsOf(raw.params, notes);
  const formatted =
    textOf(raw.formatted) ??
    (message !== undefined && params !== undefined ? formatMessage(message, params, ENOUGH) : message);
  if (formatted === undefined) {
    if (params !== undefined) notes.invalid(null, 'logentry', 'no message present', value);
    return undefined;
  }
  const entry: Draft<LogEntry> = {
    formatted: limited(formatted, LIMIT, ALLOWANCE, notes, LOGENTRY, 'formatted'),
  };
  if (message !== undefined && message !== formatted) {
    entry.message = limited(message, LIMIT, ALLOWANCE, notes, LOGENTRY, 'message');
  }
  if (params !== undefined) entry.params = params;
  return entry;
}

/** Text that is not yet cut; what is no text, as JSON. */
function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined || value === false) return undefined;
  return (typeof value === 'string' ? value : jsonText(value, ENOUGH)) || undefined;
}

function paramsOf(value: unknown, notes: Notes): Json | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'object') return boundBag(value, 2048, 5, notes, LOGENTRY, 'params');
  notes.invalid(LOGENTRY, 'params', 'expected message parameters', value);
  return undefined;
}
