import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { envelope } from './harness.ts';
import { ENVELOPE_PATH } from './ingest-process.ts';

export interface LoadResult {
  readonly sent: number;
  /** Answers other than 200, and errors of connections, by their name. */
  readonly failures: Readonly<Record<string, number>>;
  /** Event ids that were answered with 200. */
  readonly acknowledged: ReadonlySet<string>;
  /** Slowest answer, milliseconds. */
  readonly slowestMs: number;
}

export interface SteadyLoad {
  /** Sends no more, waits for the answers. */
  finish(): Promise<LoadResult>;
}

const TICK_MS = 10;

/**
 * Sends `rate` events a second whether or not they are answered: half over kept connections, half over a new connection each. Nothing is
 * sent twice.
 */
export function steadyLoad(port: number, rate: number): SteadyLoad {
  const kept = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 64, scheduling: 'fifo' });
  const failures: Record<string, number> = {};
  const acknowledged = new Set<string>();
  const open = new Set<Promise<void>>();
  let sent = 0;
  let slowestMs = 0;
  let isRunning = true;

  const send = (): void => {
    const id = `c0ffee${sent.toString(16).padStart(26, '0')}`;
    const isKept = sent % 2 === 0;
    sent++;
    const body = gzipSync(envelope({ event_id: id }, [{ type: 'event' }, `{"message":"event ${id}"}`]), {
      level: 1,
    });
    const startedAt = performance.now();
    const answered = post(port, body, isKept ? kept : undefined).then(
      (status) => {
        slowestMs = Math.max(slowestMs, performance.now() - startedAt);
        if (status === 200) acknowledged.add(id);
        else failures[status] = (failures[status] ?? 0) + 1;
      },
      (err: NodeJS.ErrnoException) => {
        const name = `${isKept ? 'kept' : 'new'} ${err.code ?? err.message}`;
        failures[name] = (failures[name] ?? 0) + 1;
      },
    );
    const done = answered.finally(() => open.delete(done));
    open.add(done);
  };

  const running = (async () => {
    const startedAt = performance.now();
    while (isRunning) {
      const due = ((performance.now() - startedAt) / 1000) * rate;
      while (sent < due) send();
      await delay(TICK_MS);
    }
  })();

  return {
    finish: async () => {
      isRunning = false;
      await running;
      await Promise.all(open);
      kept.destroy();
      return { sent, failures, acknowledged, slowestMs };
    },
  };
}

function post(port: number, body: Buffer, agent: Agent | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const out = request(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: ENVELOPE_PATH,
        headers: { 'content-encoding': 'gzip', 'content-length': body.length },
        agent: agent ?? false,
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
        answer.on('error', reject);
      },
    );
    out.on('error', reject);
    out.end(body);
  });
}
