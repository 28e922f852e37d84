import { request } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { FormPart, Sending } from './case.ts';
import { type CaseFacts, fill, fillText } from './fill.ts';

/** Configured as a proxy, so that what comes from here may speak for others. */
export const PROXY_ADDRESS = '127.0.0.2';

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly isProxied: boolean;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

const COMPRESSORS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => gzipSync(body),
  'x-gzip': (body) => gzipSync(body),
  deflate: (body) => deflateSync(body),
  br: (body) => brotliCompressSync(body),
  zstd: (body) => zstdCompressSync(body),
};

/** The bytes that a case sends. */
export function wireRequestOf(sending: Sending, facts: CaseFacts): WireRequest {
  const { body, type } = bodyOf(sending, facts);
  const given = fill(sending.headers ?? {}, facts) as Record<string, string>;
  const headers: Record<string, string> = {
    ...(type === undefined ? {} : { 'content-type': type }),
    ...given,
  };
  const compress = sending.encoding === undefined ? undefined : COMPRESSORS[sending.encoding];
  if (sending.encoding !== undefined) headers['content-encoding'] = sending.encoding;
  return {
    method: sending.method ?? 'POST',
    path: pathOf(sending, facts),
    headers,
    body: compress === undefined ? body : compress(body),
    isProxied: sending.proxied === true,
  };
}

function pathOf(sending: Sending, facts: CaseFacts): string {
  const path = fillText(sending.path ?? '/api/{project}/envelope/', facts);
  const query: string[] = [];
  if (sending.auth !== 'none') query.push('sentry_version=7', `sentry_key=${facts.key}`);
  if (sending.sentryData !== undefined) {
    const data = Buffer.from(JSON.stringify(fill(sending.sentryData, facts))).toString('base64');
    query.push(`sentry_data=${encodeURIComponent(data)}`);
  }
  if (query.length === 0) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${query.join('&')}`;
}

function bodyOf(sending: Sending, facts: CaseFacts): { readonly body: Buffer; readonly type?: string } {
  if (sending.event !== undefined) {
    const header = { event_id: facts.id, ...(fill(sending.header ?? {}, facts) as object) };
    return { body: envelopeOf(header, [[{ type: 'event' }, fill(sending.event, facts)]]) };
  }
  if (sending.envelope !== undefined) {
    const { header, items } = fill(sending.envelope, facts) as Required<Sending>['envelope'];
    return { body: envelopeOf(header, items) };
  }
  if (sending.json !== undefined) return { body: packed(sending, facts), type: 'application/json' };
  if (sending.multipart !== undefined) return multipartOf(sending.multipart, facts);
  if (sending.form !== undefined) {
    const form = new URLSearchParams(sending.form).toString();
    return { body: Buffer.from(form), type: 'application/x-www-form-urlencoded' };
  }
  return { body: Buffer.from(String(fill(sending.text ?? '', facts))) };
}

function packed(sending: Sending, facts: CaseFacts): Buffer {
  const json = Buffer.from(JSON.stringify(fill(sending.json, facts)));
  if (sending.pack === 'base64') return Buffer.from(json.toString('base64'));
  if (sending.pack === 'base64-zlib') return Buffer.from(deflateSync(json).toString('base64'));
  return json;
}

function envelopeOf(header: unknown, items: Required<Sending>['envelope']['items']): Buffer {
  const lines = [JSON.stringify(header)];
  for (const [itemHeader, payload] of items) {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    lines.push(JSON.stringify({ ...itemHeader, length: Buffer.byteLength(text) }), text);
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

function multipartOf(parts: readonly FormPart[], facts: CaseFacts) {
  const boundary = 'corpus-boundary';
  const chunks = parts.flatMap((part) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"` +
        `${part.filename === undefined ? '' : `; filename="${part.filename}"`}` +
        `${part.contentType === undefined ? '' : `\r\nContent-Type: ${part.contentType}`}\r\n\r\n`,
    ),
    part.base64 === undefined
      ? Buffer.from(fillText(part.text ?? '', facts))
      : Buffer.from(part.base64, 'base64'),
    Buffer.from('\r\n'),
  ]);
  const body = Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]);
  return { body, type: `multipart/form-data; boundary=${boundary}` };
}

/** Sends it byte for byte, on a connection of its own. */
export function sendWire(origin: string, wire: WireRequest): Promise<WireAnswer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: hostname,
        port,
        method: wire.method,
        path: wire.path,
        agent: false,
        headers: { ...wire.headers, ...(wire.body.length > 0 ? { 'content-length': wire.body.length } : {}) },
        ...(wire.isProxied ? { localAddress: PROXY_ADDRESS } : {}),
      },
      async (answer) => {
        const chunks: Buffer[] = await answer.toArray();
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        });
      },
    );
    // An answer may come before all of a large body is read; what fails after it is no failure.
    outgoing.on('error', reject);
    outgoing.end(wire.body);
  });
}
