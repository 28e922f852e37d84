import { cleanJson, mayHoldBadCharacters } from './clean-json.ts';
import { parseUrlEncoded } from './pairs.ts';

/** A request body as a value, and what it seems to be. */
export interface RequestBody {
  readonly data: unknown;
  readonly contentType: string | undefined;
}

/** JSON text and urlencoded text become objects; anything else stays. `declared` is the Content-Type header. */
export function requestBody(data: unknown, declared: string | undefined): RequestBody {
  if (typeof data !== 'string') return { data, contentType: undefined };
  const json = parsedJson(data);
  if (json !== undefined) return { data: json, contentType: 'application/json' };
  const form = parsedForm(data);
  if (form !== undefined) return { data: form, contentType: 'application/x-www-form-urlencoded' };
  return { data, contentType: declared?.split(';', 1)[0]?.trim().slice(0, 128) || undefined };
}

function parsedJson(text: string): unknown {
  const first = text.trimStart().charCodeAt(0);
  if (first !== 0x7b && first !== 0x5b) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return mayHoldBadCharacters(text) ? cleanJson(value) : value;
  } catch {
    return undefined;
  }
}

/** `a=b` with a key that looks like one: base64 ends in `=` too. */
function parsedForm(text: string): { [key: string]: string } | undefined {
  const equals = text.indexOf('=');
  if (equals <= 0 || equals > 200 || /[\s{}<>]/.test(text.slice(0, 4096))) return undefined;
  if (text.endsWith('=') && !text.includes('&')) return undefined;
  return Object.fromEntries(parseUrlEncoded(text).filter(([key]) => key !== '__proto__'));
}
