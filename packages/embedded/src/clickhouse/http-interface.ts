import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answer, answerError } from './answer.ts';
import { authenticate } from './authentication.ts';
import { maxBodyBytes, readBody, saveBody } from './body.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { Engine, EngineResult } from './engine.ts';
import { refuse, toQueryError } from './errors.ts';
import type { InsertFiles } from './insert-files.ts';
import { rewriteKillQuery } from './kill-query.ts';
import { parseRequest, type RequestOptions } from './request.ts';
import { type InsertStatement, type PlainStatement, parseStatement } from './statement.ts';

/** Parameters come in the address; ClickHouse takes 1 MiB of it (`http_max_uri_size`), Node only 16 KiB by itself. */
const maxAddressBytes = 1024 * 1024;

/** Statements without data; an insert's data does not count. */
const maxStatementBytes = 4 * 1024 * 1024;

export interface HttpInterfaceOptions {
  readonly engine: Engine;
  readonly files: InsertFiles;
  readonly budget: ByteBudget;
  readonly password: string;
}

/** ClickHouse's HTTP interface in front of the embedded engine. Listen on loopback only. */
export function createHttpInterface(options: HttpInterfaceOptions): Server {
  const server = createServer({ maxHeaderSize: maxAddressBytes }, (request, response) => {
    const hungUp = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) hungUp.abort();
    });
    serve(options, request, response, hungUp.signal).catch((cause: unknown) => {
      answerError(response, toQueryError(cause), options.engine.version);
      swallowRest(request);
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
  const outcome = await carryOut(options, request, wanted, signal);
  await answer(response, outcome, { budget: options.budget, compress: wanted.compressAnswer });
}

interface Outcome {
  readonly result: EngineResult;
  readonly format: string;
  readonly wrote: boolean;
}

/** Statement and data may stand in the address, in the body, or the one here and the other there: the server joins them, too. */
async function carryOut(
  options: HttpInterfaceOptions,
  request: IncomingMessage,
  wanted: RequestOptions,
  signal: AbortSignal,
): Promise<Outcome> {
  if (wanted.query !== '') {
    const text = Buffer.from(wanted.query).toString('latin1');
    const statement = parseStatement(text);
    const isWhole = statement.kind === 'insert' && text.slice(statement.dataStart).trim() === '';
    // The usual insert: its body goes to the file as it arrives.
    if (isWhole) return insert(options, wanted, statement, (file) => saveBody(request, file), signal);
  }
  const { bytes, release } = await readBody(request, options.budget);
  try {
    const whole = wanted.query === '' ? bytes : Buffer.concat([Buffer.from(`${wanted.query}\n`), bytes]);
    const text = whole.toString('latin1', 0, maxStatementBytes);
    if (whole.length > maxStatementBytes && !/^\s{0,1000}INSERT\s/i.test(text)) {
      throw refuse('QUERY_IS_TOO_LARGE', `A statement may have ${maxStatementBytes} bytes.`);
    }
    const statement = parseStatement(text);
    if (statement.kind === 'insert') {
      const data = whole.subarray(statement.dataStart);
      return await insert(options, wanted, statement, (file) => options.files.write(file, data), signal);
    }
    return await query(options.engine, wanted, statement, signal);
  } finally {
    release();
  }
}

/**
 * Never with the data inline: the engine would end it at the first empty line and run what follows as SQL. Never by its chunked stream either: of
 * 500 rows sent it stored 207, without an error.
 */
async function insert(
  { engine, files }: HttpInterfaceOptions,
  wanted: RequestOptions,
  statement: InsertStatement,
  write: (path: string) => Promise<void>,
  signal: AbortSignal,
): Promise<Outcome> {
  const { target, settings, format } = statement;
  const result = await files.with(write, (name) =>
    engine.run({
      ...wanted,
      sql: `${utf8(target)} FROM INFILE '${name}' COMPRESSION 'none' ${utf8(settings)} FORMAT ${format}`,
      format: 'Null',
      lane: 'insert',
      signal,
    }),
  );
  return { result: { ...result, bytes: new Uint8Array(0) }, format, wrote: true };
}

async function query(
  engine: Engine,
  wanted: RequestOptions,
  statement: PlainStatement,
  signal: AbortSignal,
): Promise<Outcome> {
  const text = utf8(statement.sql);
  const sql = statement.lane === 'control' ? rewriteKillQuery(text, (id) => engine.conditionOf(id)) : text;
  const result = await engine.run({
    ...wanted,
    sql,
    format: wanted.defaultFormat,
    lane: statement.lane,
    signal,
  });
  return {
    result: statement.hasResult ? result : { ...result, bytes: new Uint8Array(0) },
    format: statement.format ?? wanted.defaultFormat,
    wrote: false,
  };
}

/** A client that is still sending reads its refusal only when it could send on; but not without end. */
function swallowRest(request: IncomingMessage): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBodyBytes) request.destroy();
  });
  request.resume();
}

/** Statements are taken apart as one sign per byte, so that places in the text are places in the body. */
function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

/** A header can carry only visible ASCII. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
