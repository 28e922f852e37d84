import type { Database } from '@culprit/postgres';
import type { Clock } from '@culprit/runtime';
import type { ProjectFacts, StageContext } from './stages/types.ts';
import { readProjects } from './store/projects.ts';

const KEEP_MS = 30_000;
const MOST_ENTRIES = 10_000;

interface Entry {
  readonly facts: ProjectFacts | undefined;
  readonly readAt: number;
}

/** Facts of projects, read in one round trip per batch and kept for 30 s. Also remembers that a project does not exist. */
export class ProjectDirectory {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #entries = new Map<number, Entry>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Makes the facts of all `ids` known and gives the view that pure stages use. */
  async load(ids: ReadonlySet<number>): Promise<StageContext> {
    const now = this.#clock.now();
    const missing = [...ids].filter((id) => {
      const entry = this.#entries.get(id);
      return entry === undefined || now - entry.readAt > KEEP_MS;
    });
    if (missing.length > 0) {
      const found = new Map((await readProjects(this.#database, missing)).map((facts) => [facts.id, facts]));
      if (this.#entries.size + missing.length > MOST_ENTRIES) this.#entries.clear();
      for (const id of missing) this.#entries.set(id, { facts: found.get(id), readAt: now });
    }
    const known = new Map([...ids].map((id) => [id, this.#entries.get(id)?.facts]));
    return { project: (id) => known.get(id) };
  }
}
