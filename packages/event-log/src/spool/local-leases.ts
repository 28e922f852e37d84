import { type Key, open, type RootDatabase } from 'lmdb';
import type { PartitionLeases } from '../event-log.ts';

interface Lease {
  readonly owner: string;
  /** Unix milliseconds. */
  readonly until: number;
}

/** Leases that the processes of one machine share, in a file of their own. */
export class LocalLeases implements PartitionLeases {
  readonly #database: RootDatabase<Lease, Key>;

  constructor(path: string) {
    this.#database = open<Lease, Key>({ path, encoding: 'json', overlappingSync: false });
  }

  async claim(
    topic: string,
    partitions: number,
    ownerId: string,
    now: number,
    leaseMs: number,
  ): Promise<number[]> {
    const until = now + leaseMs;
    return this.#database.transactionSync(() => {
      this.#database.putSync([topic, 'owner', ownerId], { owner: ownerId, until });
      let owners = 0;
      for (const { key, value } of [
        ...this.#database.getRange({ start: [topic, 'owner'], end: [topic, 'p'] }),
      ]) {
        if (value.until > now) owners += 1;
        else this.#database.removeSync(key);
      }
      const share = Math.ceil(partitions / owners);
      const owned: number[] = [];
      for (let partition = 0; partition < partitions; partition += 1) {
        const lease = this.#database.get([topic, 'partition', partition]);
        const isMine = lease?.owner === ownerId;
        if (!isMine && lease !== undefined && lease.until > now) continue;
        if (owned.length < share) {
          this.#database.putSync([topic, 'partition', partition], { owner: ownerId, until });
          owned.push(partition);
        } else if (isMine) {
          this.#database.removeSync([topic, 'partition', partition]);
        }
      }
      return owned;
    });
  }

  async release(topic: string, ownerId: string): Promise<void> {
    this.#database.transactionSync(() => {
      this.#database.removeSync([topic, 'owner', ownerId]);
      for (const { key, value } of [...this.#database.getRange({ start: [topic, 'partition'] })]) {
        if (value.owner === ownerId) this.#database.removeSync(key);
      }
    });
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}
