import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { choosePort, PortTakenError } from '../ports.ts';

const HOST = '127.0.0.1';
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test('a default that is taken is replaced, and the choice says so', async () => {
  const taken = await takePort();
  const { port, instead } = await choosePort(HOST, { default: taken }, new Set());
  expect(instead).toBe(taken);
  expect(port).not.toBe(taken);
});

test('a port that was asked for is never replaced', async () => {
  const taken = await takePort();
  const wish = { variable: 'CULPRIT_PORT', asked: taken, default: 1 };
  await expect(choosePort(HOST, wish, new Set())).rejects.toThrow(PortTakenError);
});

test('the port of the last run is kept while it is free, also where any was asked for', async () => {
  const { port } = await choosePort(HOST, { asked: 0, default: 1 }, new Set());
  expect(await choosePort(HOST, { asked: 0, kept: port, default: 1 }, new Set())).toEqual({ port });
  expect(await choosePort(HOST, { kept: port, default: 1 }, new Set())).toEqual({ port });
});

test('any port is one that the system does not hand out by itself while its owner restarts', async () => {
  const chosen = await Promise.all(
    Array.from({ length: 20 }, () => choosePort(HOST, { asked: 0, default: 1 }, new Set())),
  );
  expect(chosen.filter(({ port }) => port < 1_024 || port >= 32_768)).toEqual([]);
});

test('two parts never get the same port', async () => {
  const promised = new Set<number>();
  const first = await choosePort(HOST, { asked: 0, default: 1 }, promised);
  const second = await choosePort(HOST, { kept: first.port, default: 1 }, promised);
  expect(second.port).not.toBe(first.port);
});

function takePort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, HOST, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
