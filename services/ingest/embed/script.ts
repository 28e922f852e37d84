import { readFileSync } from 'node:fs';
import { type Dsn, formatDsn } from '@culprit/protocol';
import { textsOf } from './texts.ts';

const SOURCE = readFileSync(new URL('./error-page.js', import.meta.url), 'utf8');
const MAX_PREFILLED = 128;
const UNSAFE = /[<>&\u2028\u2029]/g;

/** The script that draws the form. @param params of the request, which say how the form looks and what is in it already. */
export function formScript(params: URLSearchParams, dsn: Dsn, eventId: string): string {
  const options = {
    endpoint: endpointOf(dsn, eventId),
    ...textsOf(params),
    name: (params.get('name') ?? '').slice(0, MAX_PREFILLED),
    email: (params.get('email') ?? '').slice(0, MAX_PREFILLED),
  };
  return `(function () {\n${SOURCE}\nshowReportDialog(${toScript(options)});\n})();\n`;
}

/** Where the form is sent when the script does not know its own address: where SDKs reach this server. */
function endpointOf(dsn: Dsn, eventId: string): string {
  const path = dsn.path === '' ? '' : `/${dsn.path}`;
  const query = new URLSearchParams({ dsn: formatDsn(dsn), eventId });
  return `${dsn.protocol}://${dsn.host}${path}/api/embed/error-page/?${query}`;
}

/** JSON that ends no script, wherever it is put. */
function toScript(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
