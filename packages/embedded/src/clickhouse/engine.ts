import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from 'chdb';
import { connectionArguments } from './engine-config.ts';
import { refuse, toQueryError } from './errors.ts';
import { Lane } from './lane.ts';

export type LaneName = 'insert' | 'read' | 'change' | 'control';

export interface EngineQuery {
  readonly sql: string;
  /** The format of the result where the statement names none. */
  readonly format: string;
  readonly database?: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
  /** Values as text, for `{name:Type}`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The client's name for this query; `KILL QUERY WHERE query_id = …` finds it. */
  readonly queryId: string;
  readonly lane: LaneName;
  readonly signal: AbortSignal;
}

export interface EngineResult {
  readonly bytes: Uint8Array;
  /** Rows of the result, of an insert the rows of its body. */
  readonly rows: number;
  readonly readBytes: number;
  readonly elapsedNanoseconds: number;
}

export interface Engine {
  readonly version: string;
  run(query: EngineQuery): Promise<EngineResult>;
  /** Ends the running query with this client-given id; false when there is none. */
  kill(queryId: string): Promise<boolean>;
  close(): Promise<void>;
}

const OPEN_DEADLINE_MS = 60_000;
const OPEN_RETRY_MS = 200;

/**
 * Opens the data folder. One folder belongs to one process: while an orphan of an earlier start still holds it, this waits for up to a minute.
 *
 * **A session serves one request and is closed.** Opening one costs 0.3 ms. Kept sessions would carry settings, parameters and the
 * database from one request into the next, and worse: after a query that failed half-way, the engine hands the rows it already had to the *next* query of that session.
 */
export async function openEngine(options: {
  readonly folder: string;
  readonly configFile: string;
}): Promise<Engine> {
  const chdb = await import('chdb');
  const open = (): Session =>
    new chdb.Session(options.folder, { connectionArgs: connectionArguments(options.configFile) });
  const root = await openWhenFree(open);
  const version = (await root.queryAsync('SELECT version()', { format: 'TabSeparatedRaw' })).text().trim();
  return new ChdbEngine(open, root, version);
}

async function openWhenFree(open: () => Session): Promise<Session> {
  const deadline = Date.now() + OPEN_DEADLINE_MS;
  for (;;) {
    try {
      return open();
    } catch (cause) {
      if (Date.now() > deadline) throw cause;
      await delay(OPEN_RETRY_MS);
    }
  }
}

class ChdbEngine implements Engine {
  readonly version: string;
  readonly #open: () => Session;
  /** Held so that the engine stays up between requests; also says what it cannot be asked in a lane. */
  readonly #root: Session;
  readonly #marks = new Map<string, string>();
  readonly #lanes: Record<LaneName, Lane> = {
    insert: new Lane({ name: 'insert', width: 1, maxWaiting: 32 }),
    read: new Lane({ name: 'read', width: 4, maxWaiting: 128 }),
    change: new Lane({ name: 'change', width: 1, maxWaiting: 32 }),
    control: new Lane({ name: 'control', width: 1, maxWaiting: 128 }),
  };

  constructor(open: () => Session, root: Session, version: string) {
    this.#open = open;
    this.#root = root;
    this.version = version;
  }

  async run(query: EngineQuery): Promise<EngineResult> {
    if (this.#marks.has(query.queryId)) {
      throw refuse(
        'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING',
        `Query with id = ${query.queryId} is already running.`,
      );
    }
    const mark = `/*${randomUUID()}*/`;
    this.#marks.set(query.queryId, mark);
    try {
      return await this.#lanes[query.lane].run(query.signal, () => this.#execute(query, mark));
    } catch (cause) {
      throw toQueryError(cause);
    } finally {
      this.#marks.delete(query.queryId);
    }
  }

  async #execute(query: EngineQuery, mark: string): Promise<EngineResult> {
    const session = this.#open();
    const onAbort = (): void => void this.#killMarked(mark);
    query.signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (query.database !== undefined) await session.queryAsync(`USE ${quoteIdentifier(query.database)}`);
      const set = setStatement(query);
      if (set !== undefined) await session.queryAsync(set);
      const result = await session.queryAsync(mark + query.sql, { format: query.format });
      return {
        bytes: result.bytes(),
        rows: result.rowsRead,
        readBytes: result.bytesRead,
        elapsedNanoseconds: Math.round(result.elapsed * 1e9),
      };
    } finally {
      query.signal.removeEventListener('abort', onAbort);
      session.close();
    }
  }

  async kill(queryId: string): Promise<boolean> {
    const mark = this.#marks.get(queryId);
    if (mark === undefined) return false;
    await this.#killMarked(mark);
    return true;
  }

  /** `ASYNC` because `SYNC` never returns in the embedded engine. */
  async #killMarked(mark: string): Promise<void> {
    await this.#lanes.control.run(new AbortController().signal, async () => {
      const session = this.#open();
      try {
        await session.queryAsync(`KILL QUERY WHERE startsWith(query, '${mark}') ASYNC`);
      } finally {
        session.close();
      }
    });
  }

  async close(): Promise<void> {
    const { drainPending } = await import('chdb');
    this.#root.close();
    await drainPending();
  }
}

/** One statement for all, so that a request costs one round trip more and not one per setting. */
function setStatement(query: EngineQuery): string | undefined {
  const assignments = [
    ...[...query.settings].map(([name, value]) => `${name} = ${quoteText(value)}`),
    ...[...query.parameters].map(([name, value]) => `param_${name} = ${quoteText(value)}`),
  ];
  return assignments.length === 0 ? undefined : `SET ${assignments.join(', ')}`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
