import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from 'chdb';
import { connectionArguments, type LaneName, laneLimits } from './engine-config.ts';
import { refuse, toQueryError } from './errors.ts';
import { Lane } from './lane.ts';

export interface EngineQuery {
  readonly sql: string;
  /** The format of the result where the statement names none. */
  readonly format: string;
  readonly database?: string | undefined;
  readonly settings: ReadonlyMap<string, string>;
  /** Values as text, for `{name:Type}`. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The client's name for this query. */
  readonly queryId: string;
  readonly lane: LaneName;
  /** Aborted when nobody waits for the answer any more: a waiting query is dropped, a running one killed. */
  readonly signal: AbortSignal;
}

export interface EngineResult {
  readonly bytes: Uint8Array;
  /** Rows of the result; of an insert the rows of its body. */
  readonly rows: number;
  readonly readBytes: number;
  readonly elapsedNanoseconds: number;
}

export interface Engine {
  readonly version: string;
  /** @throws QueryError with the engine's code and words */
  run(query: EngineQuery): Promise<EngineResult>;
  /** A condition on `system.processes` that finds the query with the client's id; undefined when there is none. */
  conditionOf(queryId: string): string | undefined;
  /** Kills what runs, except inserts, waits for it and lets go of the folder. */
  close(): Promise<void>;
}

const OPEN_DEADLINE_MS = 60_000;
const OPEN_RETRY_MS = 100;
const KILL_AGAIN_MS = 100;

/**
 * Opens the data folder. One folder belongs to one process: while an orphan of an earlier start still holds it, this waits for up to a minute.
 *
 * **A session serves one request and is closed.** Opening one costs 0.3 ms. A session that is kept would carry settings, parameters and the database into
 * the next request, and worse: the rows that a query had before it failed stand in front of the next answer of that session.
 */
export async function openEngine(options: {
  readonly folder: string;
  readonly configFile: string;
}): Promise<Engine> {
  const { Session, drainPending } = await import('chdb');
  const open = (lane: LaneName): Session =>
    new Session(options.folder, { connectionArgs: connectionArguments(options.configFile, lane) });
  const root = await openWhenFree(() => open('control'));
  const version = (await root.queryAsync('SELECT version()', { format: 'TabSeparatedRaw' })).text().trim();
  return new ChdbEngine({ open, root, version, drained: drainPending });
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

interface Parts {
  readonly open: (lane: LaneName) => Session;
  /** Held so that the engine stays up between requests. */
  readonly root: Session;
  readonly version: string;
  readonly drained: () => Promise<void>;
}

class ChdbEngine implements Engine {
  readonly version: string;
  readonly #parts: Parts;
  /** The comment in front of each query that waits or runs, by the client's id: the engine's own id is known only to the engine. */
  readonly #marks = new Map<string, string>();
  readonly #running = new Map<string, LaneName>();
  readonly #lanes: Readonly<Record<LaneName, Lane>>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.version = parts.version;
    const lane = (name: LaneName): Lane => new Lane({ name, ...laneLimits[name] });
    this.#lanes = {
      insert: lane('insert'),
      read: lane('read'),
      change: lane('change'),
      control: lane('control'),
    };
  }

  async run(query: EngineQuery): Promise<EngineResult> {
    const { queryId, lane, signal } = query;
    if (this.#marks.has(queryId)) {
      throw refuse('QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING', `Query with id = ${queryId} is already running.`);
    }
    const mark = `/*${randomUUID()}*/`;
    this.#marks.set(queryId, mark);
    try {
      return await this.#lanes[lane].run(signal, () => this.#execute(query, mark));
    } catch (cause) {
      throw toQueryError(cause, mark.length);
    } finally {
      this.#marks.delete(queryId);
    }
  }

  async #execute(query: EngineQuery, mark: string): Promise<EngineResult> {
    const session = this.#parts.open(query.lane);
    const onAbort = (): void => void this.#killUntilGone(mark);
    query.signal.addEventListener('abort', onAbort, { once: true });
    this.#running.set(mark, query.lane);
    try {
      const prepare = prepareStatements(query);
      if (prepare !== '') await session.queryAsync(prepare);
      if (query.signal.aborted) throw refuse('QUERY_WAS_CANCELLED', 'Query was cancelled.');
      const result = await session.queryAsync(mark + query.sql, { format: query.format });
      return {
        bytes: result.bytes(),
        rows: result.rowsRead,
        readBytes: result.bytesRead,
        elapsedNanoseconds: Math.round(result.elapsed * 1e9),
      };
    } finally {
      this.#running.delete(mark);
      query.signal.removeEventListener('abort', onAbort);
      session.close();
    }
  }

  conditionOf(queryId: string): string | undefined {
    const mark = this.#marks.get(queryId);
    return mark === undefined ? undefined : markCondition(mark);
  }

  /** Again and again, because a query that is just starting is not yet in the engine's list. */
  async #killUntilGone(mark: string): Promise<void> {
    while (this.#running.has(mark)) {
      await this.#kill(mark).catch(() => undefined); // the next turn tries again
      await delay(KILL_AGAIN_MS);
    }
  }

  async #kill(mark: string): Promise<void> {
    const never = new AbortController().signal;
    await this.#lanes.control.run(never, async () => {
      const session = this.#parts.open('control');
      try {
        await session.queryAsync(`KILL QUERY WHERE ${markCondition(mark)} ASYNC`);
      } finally {
        session.close();
      }
    });
  }

  async close(): Promise<void> {
    const { insert, read, change } = this.#lanes;
    for (const lane of [insert, read, change]) lane.refuseAll(); // the control lane still has to kill
    const killed = [...this.#running].filter(([, lane]) => lane !== 'insert');
    await Promise.all(killed.map(([mark]) => this.#killUntilGone(mark)));
    await Promise.all(Object.values(this.#lanes).map((lane) => lane.idle()));
    this.#parts.root.close();
    await this.#parts.drained();
  }
}

function markCondition(mark: string): string {
  return `startsWith(query, '${mark}')`;
}

/** What the session has to know before the query, in one round trip. */
function prepareStatements({ database, settings, parameters }: EngineQuery): string {
  const assignments = [
    ...[...settings].map(([name, value]) => `${name} = ${quoteText(value)}`),
    ...[...parameters].map(([name, value]) => `param_${name} = ${quoteText(value)}`),
  ];
  return [
    ...(database === undefined ? [] : [`USE ${quoteIdentifier(database)}`]),
    ...(assignments.length === 0 ? [] : [`SET ${assignments.join(', ')}`]),
  ].join('; ');
}

function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function quoteIdentifier(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}
