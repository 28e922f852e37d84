import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answer, answerError } from './answer.ts';
import { authenticate } from './authentication.ts';
import { readBody } from './body.ts';
import type { Engine, EngineResult } from './engine.ts';
import { refuse, toQueryError } from './errors.ts';
import type { InsertFiles } from './insert-files.ts';
import { parseRequest, type RequestOptions } from './request.ts';
import { type InsertStatement, type PlainStatement, parseStatement } from './statement.ts';

/** Statements without data; an insert's data does not count. */
const maxStatementBytes = 4 * 1024 * 1024;

export interface HttpInterfaceOptions {
  readonly engine: Engine;
  readonly files: InsertFiles;
  readonly password: string;
}

/** ClickHouse's HTTP interface in front of the embedded engine. Listen on loopback only. */
export function createHttpInterface(options: HttpInterfaceOptions): Server {
  const server = createServer((request, response) => {
    const hungUp = new AbortController();
    response.on('error', () => hungUp.abort());
    response.once('close', () => {
      if (!response.writableFinished) hungUp.abort();
    });
    serve(options, request, response, hungUp.signal).catch((cause: unknown) => {
      answerError(response, toQueryError(cause), options.engine.version);
      request.resume();
    });
  });
  server.keepAliveTimeout = 30_000;
  server.requestTimeout = 120_000;
  server.maxConnections = 256;
  return server;
}

async function serve(
  options: HttpInterfaceOptions,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://loopback');
  if (url.pathname === '/ping' && request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=UTF-8');
    response.end('Ok.\n');
    return;
  }
  authenticate(request, options.password);
  if (url.pathname !== '/') throw refuse('BAD_ARGUMENTS', 'There is nothing at this path.', 404);
  if (request.method !== 'GET' && request.method !== 'POST') {
    throw refuse('NOT_IMPLEMENTED', 'Only GET and POST are served.');
  }
  const wanted = parseRequest(request, url);
  response.setHeader('X-ClickHouse-Query-Id', headerText(wanted.queryId));
  response.setHeader('X-ClickHouse-Timezone', 'UTC');
  const body = await readBody(request);
  const { statement, text, data } = statementOf(wanted.query, body);
  const { result, format } =
    statement.kind === 'insert'
      ? { result: await insert(options, wanted, { statement, text, data, signal }), format: statement.format }
      : await query(options.engine, wanted, { statement, text, signal });
  await answer(response, result, {
    format,
    wrote: statement.kind === 'insert',
    compress: wanted.compressAnswer,
  });
}

interface Parsed {
  readonly statement: InsertStatement | PlainStatement;
  /** The statement's text, one sign per byte, so that places in it are places in the body. */
  readonly text: string;
  readonly data: Buffer;
}

/** Statement and data may stand in the address, in the body, or the one here and the other there: the server joins them, too. */
function statementOf(query: string, body: Buffer): Parsed {
  const whole =
    query === ''
      ? body
      : body.length === 0
        ? Buffer.from(query)
        : Buffer.concat([Buffer.from(`${query}\n`), body]);
  const text = whole.toString('latin1', 0, maxStatementBytes);
  const statement = parseStatement(text);
  if (statement.kind === 'insert') return { statement, text, data: whole.subarray(statement.dataStart) };
  if (whole.length > maxStatementBytes) {
    throw refuse('QUERY_IS_TOO_LARGE', `A statement may have ${maxStatementBytes} bytes.`);
  }
  return { statement, text, data: Buffer.alloc(0) };
}

function insert(
  { engine, files }: HttpInterfaceOptions,
  wanted: RequestOptions,
  {
    statement,
    data,
    signal,
  }: { statement: InsertStatement; text: string; data: Buffer; signal: AbortSignal },
): Promise<EngineResult> {
  return files.with(data, (name) =>
    engine.run({
      sql: `${utf8(statement.target)} FROM INFILE '${name}' COMPRESSION 'none' ${utf8(statement.settings)} FORMAT ${statement.format}`,
      format: 'Null',
      database: wanted.database,
      settings: wanted.settings,
      parameters: wanted.parameters,
      queryId: wanted.queryId,
      lane: 'insert',
      signal,
    }),
  );
}

async function query(
  engine: Engine,
  wanted: RequestOptions,
  { statement, signal }: { statement: PlainStatement; text: string; signal: AbortSignal },
): Promise<{ result: EngineResult; format: string }> {
  const format = statement.format ?? wanted.defaultFormat;
  const result = await engine.run({
    sql: utf8(statement.sql),
    format: wanted.defaultFormat,
    database: wanted.database,
    settings: wanted.settings,
    parameters: wanted.parameters,
    queryId: wanted.queryId,
    lane: statement.lane,
    signal,
  });
  return { result: statement.hasResult ? result : { ...result, bytes: new Uint8Array(0) }, format };
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

/** A header can carry only visible ASCII. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
