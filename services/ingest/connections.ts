import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps room for whoever sends something: when more than `max` connections are open, each new one costs the one that has been silent for
 * longest, or has not yet sent the head of a request. Connections with a request under way are left alone.
 */
export function keepRoom(server: Server, max: number): void {
  /** In the order in which they fell silent. */
  const silent = new Set<Socket>();
  let open = 0;
  server.on('connection', (socket: Socket) => {
    open++;
    silent.add(socket);
    socket.once('close', () => {
      open--;
      silent.delete(socket);
    });
    if (open > max) closeLongestSilent(silent);
  });
  server.on('request', ({ socket }, response) => {
    silent.delete(socket);
    response.once('close', () => {
      if (!socket.destroyed) silent.add(socket);
    });
  });
}

function closeLongestSilent(silent: Set<Socket>): void {
  for (const socket of silent) {
    silent.delete(socket);
    socket.destroy();
    return;
  }
}
