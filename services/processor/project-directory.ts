import type { Database } from '@culprit/postgres';
import type { Clock } from '@culprit/runtime';
import type { ProjectFacts, StageContext } from './stages/types.ts';
import { readConfigVersion, readProjects } from './store/projects.ts';

const KEEP_MS = 30_000;
/** A changed setting works within 2 s: it is looked for so often, and then the batch takes its time. */
const LOOK_MS = 1_000;
const MOST_ENTRIES = 10_000;

interface Entry {
  readonly facts: ProjectFacts | undefined;
  readonly readAt: number;
}

/**
 * Facts of projects, read in one round trip per batch and kept until a project or key changes, for 30 s at most. Also remembers that a
 * project does not exist.
 */
export class ProjectDirectory {
  readonly #database: Database;
  readonly #clock: Clock;
  /** Replaced as a whole by a change, so that what was read before it never comes among what is read after it. */
  #entries = new Map<number, Entry>();
  #version: string | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Makes the facts of all `ids` known and gives the view that pure stages use. */
  async load(ids: ReadonlySet<number>): Promise<StageContext> {
    const now = this.#clock.now();
    if (ids.size > 0 && now - this.#lookedAt >= LOOK_MS) await this.#look(now);
    const entries = this.#entries;
    const known = new Map<number, ProjectFacts | undefined>();
    for (const id of ids) {
      const entry = entries.get(id);
      if (entry !== undefined && now - entry.readAt <= KEEP_MS) known.set(id, entry.facts);
    }
    const missing = [...ids].filter((id) => !known.has(id));
    if (missing.length > 0) {
      const found = new Map((await readProjects(this.#database, missing)).map((facts) => [facts.id, facts]));
      if (entries.size + missing.length > MOST_ENTRIES) entries.clear();
      for (const id of missing) {
        known.set(id, found.get(id));
        entries.set(id, { facts: found.get(id), readAt: now });
      }
    }
    return { project: (id) => known.get(id) };
  }

  /** Forgets all facts when the version has moved. Batches of other partitions do not wait for it. */
  async #look(now: number): Promise<void> {
    const lookedAt = this.#lookedAt;
    this.#lookedAt = now;
    try {
      const version = await readConfigVersion(this.#database);
      if (version !== this.#version) this.#entries = new Map();
      this.#version = version;
    } catch (error) {
      this.#lookedAt = lookedAt;
      throw error;
    }
  }
}
