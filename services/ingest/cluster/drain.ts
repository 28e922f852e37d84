import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface DrainOptions {
  /** Milliseconds after which what is still open is cut. */
  readonly deadlineMs: number;
  /** Idle connections are cut at once: right when nobody takes over, wrong when a client may be about to use one. */
  readonly cutIdle: boolean;
}

/**
 * Takes no new connections and waits until the open ones are gone. They go by themselves: each answer says `Connection: close` from now on,
 * and an idle one reaches its keep-alive timeout, which its client knows. `Server.close` of http would instead cut idle connections at once, in the
 * middle of a request that is on its way.
 */
export async function drainServer(server: Server, { deadlineMs, cutIdle }: DrainOptions): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  NetServer.prototype.close.call(server);
  do {
    if (cutIdle) server.closeIdleConnections();
    await delay(20);
  } while ((await openConnections(server)) > 0 && performance.now() < deadline);
  server.closeAllConnections();
}

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((err, count) => resolve(err ? 0 : count));
  });
}
