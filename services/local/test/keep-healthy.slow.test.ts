import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@culprit/runtime';
import { eventually } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepHealthy } from '../keep-healthy.ts';
import type { RunningPart } from '../part.ts';

let server: Server;
let port: number;
/** What the operations port answers; 0: nothing. */
let status: number;
let asked: number;
let kills: number;
let exit: () => void;
let running: RunningPart;

beforeEach(async () => {
  status = 200;
  asked = 0;
  kills = 0;
  server = createServer((_request, response) => {
    asked++;
    if (status !== 0) response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  running = {
    pid: 1,
    facts: { operationsPort: port },
    exited: new Promise((resolve) => {
      exit = () => resolve({ code: 0, signal: null });
    }),
    stop: async () => {},
    drain: async () => {},
    kill: () => {
      kills++;
    },
  };
});
afterEach(async () => {
  exit();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const watch = (mustBeReady: boolean) =>
  keepHealthy(running, {
    name: 'processor',
    logger: silentLogger(),
    mustBeReady,
    everyMs: 5,
    hungMs: 400,
    unreadyMs: 800,
  });
const askedMore = (more: number) => {
  const before = asked;
  return eventually('it is asked', () => asked >= before + more);
};

test('a process that stops answering is killed, once', async () => {
  watch(false);
  await askedMore(3);
  expect(kills).toBe(0);
  status = 0;
  await eventually('it is killed', () => kills > 0);
  const before = asked;
  await new Promise((resolve) => setImmediate(resolve));
  expect([kills, asked]).toEqual([1, before]);
});

test('one that never answered is left alone', async () => {
  status = 0;
  watch(true);
  await askedMore(4);
  expect(kills).toBe(0);
});

test('one that is not ready for long is killed where a fresh start may help, and only there', async () => {
  status = 503;
  watch(false);
  await askedMore(30);
  expect(kills).toBe(0);
  watch(true);
  await eventually('it is killed', () => kills === 1);
});

test('one that drains or stops is not watched any more', async () => {
  for (const end of ['drain', 'stop'] as const) {
    const watched = watch(true);
    await askedMore(1);
    await watched[end]?.();
    status = 0;
    await askedMore(0);
  }
  exit();
  expect(kills).toBe(0);
});
