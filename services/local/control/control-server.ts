import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Logger } from '@culprit/runtime';
import { type Answer, type ParsedRequest, requestSchema } from './messages.ts';

export interface ControlServer {
  close(): void;
}

/** A request is a line; more than this is none. */
const LONGEST_REQUEST = 16_384;
const PATIENCE_MS = 5_000;

/**
 * Listens for orders to the supervisor on a socket in the file system that only its owner can open. One request a connection, answered by
 * lines of JSON until `done` or `failed`.
 */
export function serveControl(options: {
  /** At most 107 bytes: what the system takes. */
  readonly path: string;
  readonly carryOut: (request: ParsedRequest, answer: (answer: Answer) => void) => Promise<void>;
  readonly logger: Logger;
}): Promise<ControlServer> {
  const { path, carryOut, logger } = options;
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy()); // who asked has gone; what was begun is finished
    const answer = (one: Answer): void => void (socket.writable && socket.write(`${JSON.stringify(one)}\n`));
    readRequest(socket)
      .then((request) => carryOut(request, answer))
      .catch((err: unknown) => {
        logger.warn({ err }, 'order failed');
        answer({ kind: 'failed', message: err instanceof Error ? err.message : String(err) });
      })
      .finally(() => socket.end());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve({ close: () => server.close() });
    });
    process.umask(before);
    server.unref();
  });
}

function readRequest(socket: Socket): Promise<ParsedRequest> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const giveUp = setTimeout(() => fail('no request came'), PATIENCE_MS);
    const fail = (message: string): void => {
      clearTimeout(giveUp);
      reject(new Error(message));
      socket.destroy();
    };
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > LONGEST_REQUEST) fail('request is too long');
    });
    createInterface({ input: socket }).once('line', (line) => {
      clearTimeout(giveUp);
      try {
        resolve(requestSchema.parse(JSON.parse(line)));
      } catch (error) {
        reject(error);
      }
    });
    socket.once('close', () => fail('no request came'));
  });
}
