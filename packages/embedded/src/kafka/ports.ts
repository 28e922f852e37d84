import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below those that systems hand out by themselves (Linux from 32,768): while a broker is down, no outgoing connection may get the port that it needs again.
 */
const range = { from: 10_240, below: 32_768 };

/** A port of 127.0.0.1 that is free now. @param taken promised to others; the chosen one is added. */
export async function chooseFreePort(taken: Set<number>): Promise<number> {
  for (;;) {
    const port = randomInt(range.from, range.below);
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
