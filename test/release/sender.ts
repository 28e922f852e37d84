import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface SenderCounts {
  readonly sent: number;
  /** Event ids that were answered with 200. */
  readonly acknowledged: ReadonlySet<string>;
  /** How often anything else came: statuses and errors of connections, by name; `kept` or `new` connection. */
  readonly failures: Readonly<Record<string, number>>;
  /** Slowest answer, milliseconds. */
  readonly slowestMs: number;
}

export interface Sender {
  readonly counts: SenderCounts;
  /** Sends no more and waits for the answers. */
  finish(): Promise<SenderCounts>;
}

const TICK_MS = 10;
/** Longer than a client's own patience would be pointless. */
const ANSWER_MS = 30_000;

/**
 * Sends `rate` events a second whether or not they are answered, half of them over kept connections, half over a new one each. Nothing is sent
 * twice: what is not acknowledged is counted, not repeated.
 *
 * @param dsn of the project.
 */
export function startSender(dsn: string, rate: number): Sender {
  const { hostname, port, username, pathname } = new URL(dsn);
  const target = {
    hostname,
    port,
    path: `/api${pathname}/envelope/?sentry_key=${username}&sentry_version=7`,
  };
  const kept = new Agent({ keepAlive: true, maxSockets: 32, maxFreeSockets: 32, scheduling: 'fifo' });
  const failures: Record<string, number> = {};
  const acknowledged = new Set<string>();
  const open = new Set<Promise<void>>();
  const counts = { sent: 0, acknowledged, failures, slowestMs: 0 };
  let isRunning = true;

  const send = (): void => {
    const id = randomBytes(16).toString('hex');
    const isKept = counts.sent % 2 === 0;
    counts.sent++;
    const startedAt = performance.now();
    const fail = (what: string): void => {
      const name = `${isKept ? 'kept' : 'new'} ${what}`;
      failures[name] = (failures[name] ?? 0) + 1;
    };
    const done = post(target, envelopeOf(id, counts.sent), isKept ? kept : undefined)
      .then(
        (status) => {
          counts.slowestMs = Math.max(counts.slowestMs, performance.now() - startedAt);
          if (status === 200) acknowledged.add(id);
          else fail(String(status));
        },
        (err: NodeJS.ErrnoException) => fail(err.code ?? err.message),
      )
      .finally(() => open.delete(done));
    open.add(done);
  };

  const running = (async () => {
    const startedAt = performance.now();
    while (isRunning) {
      const due = ((performance.now() - startedAt) / 1000) * rate;
      while (counts.sent < due) send();
      await delay(TICK_MS);
    }
  })();
  return {
    counts,
    finish: async () => {
      isRunning = false;
      await running;
      await Promise.all(open);
      kept.destroy();
      return counts;
    },
  };
}

/** An error of one of 20 kinds, 100 people and a release that changes; every fiftieth is a kind of its own. */
function envelopeOf(id: string, n: number): string {
  const kind = n % 50 === 0 ? `own-${id}` : `kind-${n % 20}`;
  const event = {
    event_id: id,
    timestamp: Date.now() / 1000,
    platform: 'node',
    release: `shop@1.${Math.floor(n / 300)}.0`,
    environment: 'production',
    user: { id: String(n % 100) },
    fingerprint: [kind],
    exception: { values: [{ type: 'DrillError', value: kind }] },
  };
  return [JSON.stringify({ event_id: id }), '{"type":"event"}', JSON.stringify(event)].join('\n');
}

function post(
  target: { readonly hostname: string; readonly port: string; readonly path: string },
  body: string,
  agent: Agent | undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const out = request(
      { ...target, method: 'POST', agent: agent ?? false, timeout: ANSWER_MS },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
        answer.on('error', reject);
      },
    );
    out.on('timeout', () => out.destroy(new Error('no answer')));
    out.on('error', reject);
    out.end(body);
  });
}
