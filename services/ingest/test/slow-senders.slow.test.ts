import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { eventually } from '@culprit/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { buildIngestApp } from '../app.ts';
import type { IngestLimits } from '../config.ts';
import { envelope, KEY, testIngest } from './harness.ts';

const PATH = `/api/42/envelope/?sentry_key=${KEY}`;
const payload = envelope({}, [{ type: 'event' }, '{}']).toString();
const head = (length: number, more = ''): string =>
  `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n${more}\r\n`;

interface Talk {
  readonly socket: Socket;
  readonly answer: () => string;
  readonly isClosed: () => boolean;
}

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** An ingest that listens, in this process. */
async function listening(limits: Partial<IngestLimits> = {}, maxConnections = 100) {
  const ingest = testIngest({ limits });
  const { context } = ingest;
  const app = buildIngestApp({ context, isReady: () => true, isDraining: () => false, maxConnections });
  await app.listen({ port: 0, host: '127.0.0.1' });
  open.push(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  return { ...ingest, port };
}

function talk(port: number, text: string, allowHalfOpen = false): Talk {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
  let answer = '';
  let closed = false;
  socket.on('data', (chunk) => {
    answer += chunk.toString();
  });
  socket.on('close', () => {
    closed = true;
  });
  socket.on('error', () => {}); // the other side may close first
  socket.write(text);
  open.push(() => socket.destroy());
  return { socket, answer: () => answer, isClosed: () => closed };
}

const statusOf = async (port: number): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}${PATH}`, { method: 'POST', body: payload })).status;

describe('slow senders', () => {
  test('a body that comes slowly gives up its place when others need it', async () => {
    const { port, context } = await listening({ inflightRequests: 3, bodyIdleMs: 60_000 });
    const slow = [1, 2, 3].map(() => talk(port, `${head(1_000)}{`));
    await eventually('three bodies are coming in', () => context.admission.requests === 3);
    await eventually('there is room again', async () => (await statusOf(port)) === 200);
    const given = slow.filter(({ answer }) => answer().startsWith('HTTP/1.1 408 '));
    expect(given).toHaveLength(1);
    expect(given[0]).toBe(slow[0]);
    expect(context.admission.requests).toBe(2);
  });

  test('a sender that is not slow keeps its place: what is new is refused', async () => {
    const { port, context } = await listening({ inflightRequests: 1, bodyIdleMs: 60_000 });
    const one = talk(port, `${head(payload.length)}${payload.slice(0, 4)}`);
    await eventually('a body is coming in', () => context.admission.requests === 1);
    expect(await statusOf(port)).toBe(503);
    one.socket.write(payload.slice(4));
    await eventually('it is answered', () => one.answer().startsWith('HTTP/1.1 200 '));
  });

  test('memory that slow bodies hold is taken back when others need it', async () => {
    const limits = { inflightBytes: 400_000, bodyIdleMs: 60_000 };
    const { port, context } = await listening(limits);
    const slow = talk(port, head(1_000_000) + 'x'.repeat(390_000));
    await eventually('much is held', () => context.admission.bytes >= 390_000);
    const large = 'x'.repeat(20_000);
    const send = () => fetch(`http://127.0.0.1:${port}${PATH}`, { method: 'POST', body: large });
    // It is no envelope, but it was read.
    await eventually('there is room again', async () => (await send()).status === 400);
    await eventually('the slow one is told', () => slow.answer().startsWith('HTTP/1.1 408 '));
    expect(context.admission.bytes).toBe(0);
  });

  test('pieces of a byte each are counted by the memory that they take', async () => {
    const { port, context } = await listening({ inflightBytes: 1_000_000, bodyIdleMs: 60_000 });
    const start = `POST ${PATH} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n`;
    const small = talk(port, start + '1\r\nx\r\n'.repeat(10_000));
    await eventually('it is refused', () => small.answer().startsWith('HTTP/1.1 503 '));
    expect(context.admission.bytes).toBe(0);
  });

  test('a compressed body that stalls gives up its place, too', async () => {
    const { port, context } = await listening({ inflightRequests: 1, bodyIdleMs: 60_000 });
    const slow = talk(port, `${head(200_000, 'content-encoding: gzip\r\n')}\x1f`);
    await eventually('a body is coming in', () => context.admission.requests === 1);
    await eventually('there is room again', async () => (await statusOf(port)) === 200);
    await eventually('the slow one is told', () => slow.answer().startsWith('HTTP/1.1 408 '));
    expect([context.admission.requests, context.admission.bytes]).toEqual([0, 0]);
  });
});

describe('a compressed body that goes on after its end', () => {
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])(
    '%s: what follows is read over, and the connection takes the next request',
    async (encoding, compress) => {
      const { port, log } = await listening({ bodyIdleMs: 60_000 });
      const whole = compress(
        envelope({}, [{ type: 'event' }, '{}'], [{ type: 'attachment' }, randomBytes(90_000)]),
      );
      const body = Buffer.concat([whole, Buffer.alloc(1_000_000)]);
      const one = talk(port, head(body.length, `content-encoding: ${encoding}\r\n`));
      one.socket.write(body);
      await eventually('it is answered', () => one.answer().startsWith('HTTP/1.1 200 '));
      one.socket.write(head(payload.length) + payload);
      await eventually('so is the next', () => one.answer().split('HTTP/1.1 200 ').length === 3, {
        timeoutMs: 3_000,
      });
      expect(log.records).toHaveLength(2);
    },
  );
});

describe('connections that are closed by half', () => {
  test('after a whole request it is answered', async () => {
    const { port, log } = await listening();
    const half = talk(port, '', true);
    half.socket.end(head(payload.length) + payload);
    await eventually('the answer is there', () => half.answer().startsWith('HTTP/1.1 200 '));
    await eventually('the connection is closed', half.isClosed);
    expect(log.records).toHaveLength(1);
  });

  test('within a body nothing is stored or held', async () => {
    const { port, log, context } = await listening();
    const half = talk(port, '', true);
    half.socket.end(head(payload.length) + payload.slice(0, 5));
    await eventually('the connection is closed', half.isClosed);
    await eventually(
      'nothing is held',
      () => context.admission.requests === 0 && context.admission.bytes === 0,
    );
    expect(log.records).toEqual([]);
    expect(await statusOf(port)).toBe(200);
  });
});

describe('silent connections', () => {
  test('beyond the limit the one that was silent for longest makes room', async () => {
    const { port } = await listening({}, 3);
    const silent = [1, 2, 3].map(() => talk(port, ''));
    for (const one of silent) await eventually('connected', () => !one.socket.connecting);
    expect(await statusOf(port)).toBe(200);
    await eventually('the first is closed', () => silent[0]?.isClosed() === true);
    expect(silent.slice(1).map(({ isClosed }) => isClosed())).toEqual([false, false]);
  });

  test('one with a request under way is left alone', async () => {
    const { port, context } = await listening({ bodyIdleMs: 60_000 }, 2);
    const busy = talk(port, `${head(payload.length)}${payload.slice(0, 4)}`);
    await eventually('a body is coming in', () => context.admission.requests === 1);
    const silent = talk(port, '');
    await eventually('connected', () => !silent.socket.connecting);
    expect(await statusOf(port)).toBe(200);
    await eventually('the silent one is closed', silent.isClosed);
    busy.socket.write(payload.slice(4));
    await eventually('it is answered', () => busy.answer().startsWith('HTTP/1.1 200 '));
  });
});
