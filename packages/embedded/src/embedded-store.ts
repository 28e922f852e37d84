import type { ChildProcess } from 'node:child_process';

/** How a store's process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running store: a process of its own that listens on loopback. */
export interface EmbeddedStore {
  /** With user, password and database. */
  readonly url: string;
  readonly port: number;
  /** The process that holds the data folder (PostgreSQL: the postmaster). */
  readonly pid: number;
  /** Resolves when the process is gone, however it ended. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Ends the store in order; resolves when it is gone. May be called more than once. */
  stop(): Promise<void>;
}

export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: -1, signal: null });
    });
  });
}
