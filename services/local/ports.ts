import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port that was asked for cannot be had. */
export class PortTakenError extends Error {
  readonly code = 'port_taken';
}

export interface PortWish {
  /** For messages: the variable that sets it. */
  readonly variable?: string;
  /** Asked for by the person; 0 means any. */
  readonly asked?: number | undefined;
  /** The one of the last run. */
  readonly kept?: number | undefined;
  readonly default: number;
}

export interface PortChoice {
  readonly port: number;
  /** The port that one would have expected, where it was taken. */
  readonly instead?: number;
}

/**
 * Chooses a port that is free now: the one asked for, else that of the last run, else the default, else any.
 *
 * @param taken ports promised to others in this run; the chosen one is added.
 * @throws PortTakenError for one that was asked for by number.
 */
export async function choosePort(host: string, wish: PortWish, taken: Set<number>): Promise<PortChoice> {
  const choice = await findPort(host, wish, taken);
  taken.add(choice.port);
  return choice;
}

async function findPort(host: string, wish: PortWish, taken: ReadonlySet<number>): Promise<PortChoice> {
  const isUsable = async (port: number): Promise<boolean> => !taken.has(port) && (await isFree(host, port));
  if (wish.asked !== undefined && wish.asked !== 0) {
    if (await isUsable(wish.asked)) return { port: wish.asked };
    throw new PortTakenError(
      `Port ${wish.asked} is taken. Free it, or set ${wish.variable} to another (0: any).`,
    );
  }
  const expected = wish.kept ?? (wish.asked === 0 ? undefined : wish.default);
  if (expected === undefined) return { port: await freePort(host, taken) };
  if (await isUsable(expected)) return { port: expected };
  return { port: await freePort(host, taken), instead: expected };
}

/**
 * Where any port will do: below those that systems hand out by themselves (Linux from 32,768). While ingest restarts, another process that
 * asks for any port, or connects to one, must not get its place.
 */
const ANY = { from: 10_240, below: 32_768 };

async function freePort(host: string, taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = randomInt(ANY.from, ANY.below);
    if (!taken.has(port) && (await isFree(host, port))) return port;
  }
}

async function isFree(host: string, port: number): Promise<boolean> {
  return (await tryPort(host, port)) !== undefined;
}

/** Listens for a moment. Resolves to the port, or to undefined where it is taken. */
function tryPort(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
