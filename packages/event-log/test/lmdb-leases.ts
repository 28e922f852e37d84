import { type Key, open, type RootDatabase } from 'lmdb';
import type { PartitionLeases } from '../src/index.ts';

interface Lease {
  owner: string;
  until: number;
}

/** Leases that several processes of this machine share, as those in Postgres would be; for tests that start no Postgres. */
export class LmdbLeases implements PartitionLeases {
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
    return this.#database.transactionSync(() => {
      this.#database.putSync([topic, 'owner', ownerId], { owner: ownerId, until: now + leaseMs });
      let owners = 0;
      for (const { value } of this.#database.getRange({ start: [topic, 'owner'], end: [topic, 'p'] })) {
        if (value.until > now) owners += 1;
      }
      const share = Math.ceil(partitions / owners);
      const owned: number[] = [];
      for (let partition = 0; partition < partitions; partition += 1) {
        const lease = this.#database.get([topic, 'partition', partition]);
        const isMine = lease?.owner === ownerId;
        const isFree = lease === undefined || lease.until <= now;
        if (!isMine && !isFree) continue;
        if (owned.length < share) {
          this.#database.putSync([topic, 'partition', partition], { owner: ownerId, until: now + leaseMs });
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
