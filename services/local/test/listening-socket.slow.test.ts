import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type ListeningSocket, openListeningSocket } from '../listening-socket.ts';
import { choosePort, PortTakenError } from '../ports.ts';

const HOST = '127.0.0.1';

test('a connection that comes while nobody serves waits for the next process instead of being refused', async () => {
  const port = await freePort();
  const socket = await openListeningSocket(HOST, port);
  try {
    const first = await startServer(socket);
    expect(await ask(port)).toBe(String(first.pid));
    await end(first);
    const waiting = ask(port);
    const second = await startServer(socket);
    expect(await waiting).toBe(String(second.pid));
    await end(second);
  } finally {
    socket.close();
  }
});

test('two processes serve one socket, and the first may go', async () => {
  const port = await freePort();
  const socket = await openListeningSocket(HOST, port);
  try {
    const first = await startServer(socket);
    const second = await startServer(socket);
    await end(first);
    expect(await ask(port)).toBe(String(second.pid));
    await end(second);
  } finally {
    socket.close();
  }
});

test('a port on which somebody listens cannot be had, and one that was closed can', async () => {
  const port = await freePort();
  const socket = await openListeningSocket(HOST, port);
  const server = await startServer(socket);
  await expect(openListeningSocket(HOST, port)).rejects.toThrow(PortTakenError);
  await end(server);
  socket.close();
  (await openListeningSocket(HOST, port)).close();
});

async function freePort(): Promise<number> {
  const { port } = await choosePort(HOST, { asked: 0, default: 0 }, new Set());
  return port;
}

/** A process that answers with its number. */
async function startServer(socket: ListeningSocket): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('pid-server.ts', import.meta.url)), [], {
    stdio: ['ignore', 'inherit', 'inherit', socket.fd, 'ipc'],
    execArgv: [],
  });
  await once(child, 'message');
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function ask(port: number): Promise<string> {
  const answer = await fetch(`http://${HOST}:${port}/`, { headers: { connection: 'close' } });
  return answer.text();
}
