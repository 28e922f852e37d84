import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ByteBudget } from './byte-budget.ts';
import type { EngineResult } from './engine.ts';
import type { QueryError } from './errors.ts';

const compress = promisify(gzip);

/** Bytes; below, packing costs more than it saves. */
const worthPacking = 1024;

/** Sends a result. It is there whole before the first byte goes out, so that an exception can never hide behind a 200. */
export async function answer(
  response: ServerResponse,
  outcome: { readonly result: EngineResult; readonly format: string; readonly wrote: boolean },
  options: { readonly budget: ByteBudget; readonly compress: boolean },
): Promise<void> {
  const { result, format, wrote } = outcome;
  if (response.closed) return;
  const held = result.bytes.length;
  options.budget.take(held);
  response.once('close', () => options.budget.give(held));
  response.statusCode = 200;
  response.setHeader('Content-Type', contentTypeOf(format));
  response.setHeader('X-ClickHouse-Format', format);
  response.setHeader('X-ClickHouse-Summary', summaryOf(result, wrote));
  if (options.compress && held >= worthPacking) {
    const packed = await compress(result.bytes, { level: 1 });
    response.setHeader('Content-Encoding', 'gzip');
    response.setHeader('Content-Length', packed.length);
    response.end(packed);
    return;
  }
  response.setHeader('Content-Length', held);
  response.end(result.bytes);
}

/** Sends an exception as the server words it: `Code: 62. DB::Exception: … (SYNTAX_ERROR) (version 26.7.2.1)`. */
export function answerError(response: ServerResponse, error: QueryError, version: string): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  response.statusCode = error.status;
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.setHeader('X-ClickHouse-Exception-Code', error.code);
  response.end(`${error.message.trimEnd()} (version ${version})\n`);
}

/** Numbers are strings, as the server sends them. An insert that was refused as a duplicate counts its rows too: no proof of anything. */
function summaryOf(result: EngineResult, wrote: boolean): string {
  return JSON.stringify({
    read_rows: String(result.rows),
    read_bytes: String(result.readBytes),
    written_rows: wrote ? String(result.rows) : '0',
    written_bytes: wrote ? String(result.readBytes) : '0',
    total_rows_to_read: '0',
    result_rows: String(result.rows),
    result_bytes: String(wrote ? result.readBytes : result.bytes.length),
    elapsed_ns: String(result.elapsedNanoseconds),
  });
}

function contentTypeOf(format: string): string {
  if (/^JSON(Compact)?(Strings)?(EachRow|EachRowWithProgress)/.test(format))
    return 'application/x-ndjson; charset=UTF-8';
  if (/^JSON/.test(format)) return 'application/json; charset=UTF-8';
  if (/^(TabSeparated|TSV)/.test(format)) return 'text/tab-separated-values; charset=UTF-8';
  if (/^CSV/.test(format)) return 'text/csv; charset=UTF-8; header=absent';
  if (/^(RowBinary|Native|Parquet|Arrow|ORC|MsgPack)/.test(format)) return 'application/octet-stream';
  return 'text/plain; charset=UTF-8';
}
