import { lookup } from 'node:dns/promises';
import * as net from 'node:net';
import { PortTakenError } from './ports.ts';

/** A port that this process holds for its services: they come and go, connections wait in its queue meanwhile. */
export interface ListeningSocket {
  /** To be handed to a child as one of its descriptors. */
  readonly fd: number;
  close(): void;
}

interface ServerHandle {
  readonly fd: number;
  getsockname(out: object): number;
  close(): void;
}

/**
 * Node's own way to bind without accepting, which its cluster module uses; `Server.listen` would take connections that are a service's. Not
 * documented, so a test sees whether it still does that on this runtime.
 */
const createServerHandle = (
  net as unknown as {
    readonly _createServerHandle: (address: string, port: number, family: 4 | 6) => ServerHandle | number;
  }
)._createServerHandle;

/**
 * Binds a port. It takes connections from when the first child listens on it, until it is closed here and by all children.
 *
 * @param host name or address of this machine.
 * @throws PortTakenError when somebody listens there.
 */
export async function openListeningSocket(host: string, port: number): Promise<ListeningSocket> {
  const { address, family } = await lookup(host);
  const handle = createServerHandle(address, port, family === 6 ? 6 : 4);
  if (typeof handle === 'number') throw taken(host, port, handle);
  // The system's answer to bind is kept until somebody asks.
  const failure = handle.getsockname({});
  if (failure !== 0) {
    handle.close();
    throw taken(host, port, failure);
  }
  return { fd: handle.fd, close: () => handle.close() };
}

function taken(host: string, port: number, code: number): PortTakenError {
  return new PortTakenError(`Port ${port} of ${host} cannot be had (system error ${code}).`);
}
