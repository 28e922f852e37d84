import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds after which what is still open is cut: as long as the slowest body may take, or, at a stop, until the supervisor loses patience. */
const ROLL_DEADLINE_MS = 130_000;
const STOP_DEADLINE_MS = 10_000;

/**
 * Takes no new connections and waits until the open ones are gone. They go by themselves: each answer says `Connection: close` from now on,
 * and an idle one reaches its keep-alive timeout, which its client knows. `Server.close` of http would instead cut idle connections at once, in the
 * middle of a request that is on its way.
 *
 * @param isStopping nobody takes over: idle connections are cut at once. May turn true while draining.
 */
export async function drainServer(server: Server, isStopping: () => boolean): Promise<void> {
  const startedAt = performance.now();
  const mayWait = (): boolean =>
    performance.now() - startedAt < (isStopping() ? STOP_DEADLINE_MS : ROLL_DEADLINE_MS);
  NetServer.prototype.close.call(server);
  do {
    if (isStopping()) server.closeIdleConnections();
    await delay(20);
  } while ((await openConnections(server)) > 0 && mayWait());
  server.closeAllConnections();
}

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.getConnections((err, count) => resolve(err ? 0 : count));
  });
}
