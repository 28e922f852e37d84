import { join } from 'node:path';
import { type Key, open, type RootDatabase } from 'lmdb';

interface Entry {
  readonly gate: Gate;
  references: number;
}

/** The gates open in this thread, by folder: an environment may be opened once. */
const openByFolder = new Map<string, Entry>();

/**
 * A lock between processes, one for each topic: the write lock of an empty environment, which the system frees when its holder
 * dies. Whoever writes to, opens or closes a segment holds it.
 *
 * LMDB's own write lock is not enough: opening an environment sets the shared number of the last transaction to what the opener has
 * read from the file a moment before, without a lock (`mdb_env_open2` in lmdb 3.5.6). A commit of another process in that moment is
 * taken back: with three processes appending over 2,500 new segments, one or two acknowledged commits were gone each time.
 */
export class Gate {
  readonly #folder: string;
  readonly #database: RootDatabase<Uint8Array, Key>;

  private constructor(folder: string) {
    this.#folder = folder;
    const path = join(folder, 'gate.lmdb');
    this.#database = open<Uint8Array, Key>({ path, encoding: 'binary', overlappingSync: false });
  }

  static open(folder: string): Gate {
    const entry = openByFolder.get(folder) ?? { gate: new Gate(folder), references: 0 };
    entry.references += 1;
    openByFolder.set(folder, entry);
    return entry.gate;
  }

  /** Runs `action` while no other holder runs, in this process or another; blocks this thread until then. Not reentrant. */
  hold<T>(action: () => T): T {
    return this.#database.transactionSync(action);
  }

  /** Once for each `open`. */
  async close(): Promise<void> {
    const entry = openByFolder.get(this.#folder);
    if (entry === undefined || entry.gate !== this) return;
    entry.references -= 1;
    if (entry.references > 0) return;
    openByFolder.delete(this.#folder);
    await this.#database.close();
  }
}
