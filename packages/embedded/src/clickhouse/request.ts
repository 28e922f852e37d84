import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { refuse } from './errors.ts';

/** What a request asks for, besides its body. */
export interface RequestOptions {
  /** The part of the statement that stands in the address. */
  readonly query: string;
  readonly database: string | undefined;
  readonly queryId: string;
  readonly defaultFormat: string;
  readonly compressAnswer: boolean;
  readonly settings: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Parameters of the HTTP interface itself: they are not settings. */
const own = new Set([
  'query',
  'database',
  'query_id',
  'default_format',
  'enable_http_compression',
  'wait_end_of_query',
  'buffer_size',
  'client_protocol_version',
  'quota_key',
  'session_check',
  'session_timeout',
  'stacktrace',
]);
const refused = new Set(['session_id', 'user', 'password', 'role', 'compress', 'decompress']);
const SETTING = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const PARAMETER = /^param_([A-Za-z_][A-Za-z0-9_]{0,127})$/;

/**
 * Reads address and headers as ClickHouse's HTTP interface does; whatever is not the interface's own is a setting.
 *
 * @throws QueryError for names that cannot be settings or parameters, and for what this façade does not have (HTTP sessions, native compression).
 */
export function parseRequest(request: IncomingMessage, url: URL): RequestOptions {
  const settings = new Map<string, string>();
  const parameters = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    if (own.has(name)) continue;
    if (refused.has(name)) throw refuse('NOT_IMPLEMENTED', `Parameter ${name} is not supported here.`);
    const parameter = PARAMETER.exec(name)?.[1];
    if (parameter !== undefined) parameters.set(parameter, value);
    else if (SETTING.test(name)) settings.set(name, value);
    else throw refuse('UNKNOWN_SETTING', 'Unknown setting in the address.');
  }
  // A GET must not change anything: so the server has it.
  if (request.method === 'GET') settings.set('readonly', '2');
  const parameter = (name: string): string | undefined => url.searchParams.get(name) || undefined;
  return {
    query: url.searchParams.get('query') ?? '',
    database: parameter('database') ?? header(request, 'x-clickhouse-database'),
    queryId: parameter('query_id') ?? header(request, 'x-clickhouse-query-id') ?? randomUUID(),
    defaultFormat: formatName(
      parameter('default_format') ?? header(request, 'x-clickhouse-format') ?? 'TabSeparated',
    ),
    compressAnswer:
      url.searchParams.get('enable_http_compression') === '1' &&
      (header(request, 'accept-encoding') ?? '').includes('gzip'),
    settings,
    parameters,
  };
}

function formatName(name: string): string {
  if (/^[A-Za-z0-9_]{1,64}$/.test(name)) return name;
  throw refuse('BAD_ARGUMENTS', 'Not a name of a format.');
}

export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
