import type { IncomingHttpHeaders } from 'node:http';
import { CLIENT_HINT_HEADERS, type ClientHints, clientAddress, FORWARDING_HEADERS } from '@culprit/protocol';
import type { FastifyRequest } from 'fastify';
import type { IngestContext } from '../context.ts';
import type { Admitted } from './admit.ts';

/** Facts of the request that go along with what it brings. */
export interface Sent {
  readonly admitted: Admitted;
  readonly clientIp: string;
  readonly userAgent: string | undefined;
  readonly clientHints: ClientHints | undefined;
}

const MAX_HINT = 512;

export function sentBy(request: FastifyRequest, admitted: Admitted, context: IngestContext): Sent {
  const { headers, socket } = request.raw;
  const peer = socket.remoteAddress ?? '';
  // Whom nobody trusts need not be read.
  const forwarded = context.isTrustedProxy(peer)
    ? FORWARDING_HEADERS.map((name) => textOf(headers[name]))
    : [];
  return {
    admitted,
    clientIp: clientAddress(peer, forwarded, context.isTrustedProxy),
    userAgent: headers['user-agent'],
    clientHints: hintsOf(headers),
  };
}

/** Browsers that send any send the first one. */
function hintsOf(headers: IncomingHttpHeaders): ClientHints | undefined {
  if (headers['sec-ch-ua'] === undefined) return undefined;
  const hints: { -readonly [name in keyof ClientHints]: string } = {};
  for (const name of CLIENT_HINT_HEADERS) {
    const value = textOf(headers[name]);
    if (value !== undefined) hints[name] = value.slice(0, MAX_HINT);
  }
  return hints;
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}
