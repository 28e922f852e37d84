import { randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface LoadCounts {
  sent: number;
  acknowledged: number;
  /** Answered with something other than 200. */
  refused: number;
  /** No answer: the connection broke. Such an event may or may not be stored. */
  unanswered: number;
}

/**
 * Sends events, each with an id of its own, and never again. The ids that were acknowledged are written to a file and synced, so that the
 * record of what was promised outlives everything.
 */
export class Load {
  readonly counts: LoadCounts = { sent: 0, acknowledged: 0, refused: 0, unanswered: 0 };
  readonly #url: URL;
  #file: FileHandle | undefined;
  #waiting: string[] = [];
  #isRunning = true;
  /** The last answers have come. */
  #isOver = false;
  #done: Promise<unknown> = Promise.resolve();

  constructor(dsn: string) {
    const { protocol, username, host, pathname } = new URL(dsn);
    this.#url = new URL(
      `${protocol}//${host}/api${pathname}/envelope/?sentry_key=${username}&sentry_version=7`,
    );
  }

  /** `senders` requests at once, each about every `pauseMs`. */
  async start(ackFile: string, senders: number, pauseMs: number): Promise<void> {
    this.#file = await open(ackFile, 'a');
    const loops = Array.from({ length: senders }, () => this.#sendLoop(pauseMs));
    const sending = Promise.all(loops).then(() => {
      this.#isOver = true;
    });
    this.#done = Promise.all([sending, this.#syncLoop()]);
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#done;
    await this.#file?.close();
  }

  async #sendLoop(pauseMs: number): Promise<void> {
    while (this.#isRunning) {
      const id = randomBytes(16).toString('hex');
      this.counts.sent += 1;
      try {
        const status = await post(this.#url, envelope(id, this.counts.sent));
        if (status === 200) {
          this.counts.acknowledged += 1;
          this.#waiting.push(id);
        } else {
          this.counts.refused += 1;
        }
      } catch {
        this.counts.unanswered += 1;
        await delay(20);
      }
      if (pauseMs > 0) await delay(pauseMs);
    }
  }

  async #syncLoop(): Promise<void> {
    while (!this.#isOver || this.#waiting.length > 0) {
      const ids = this.#waiting;
      this.#waiting = [];
      if (ids.length > 0) {
        await this.#file?.write(`${ids.join('\n')}\n`);
        await this.#file?.datasync();
      }
      await delay(20);
    }
  }
}

function post(url: URL, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', timeout: 30_000 }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
      answer.once('error', reject);
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** An error of one of 40 kinds and 300 people; every fiftieth has an attachment, every hundredth is a kind of its own. */
function envelope(id: string, n: number): string {
  const kind = n % 100 === 0 ? `own-${id}` : `kind-${n % 40}`;
  const event = {
    event_id: id,
    timestamp: Date.now() / 1000,
    platform: 'node',
    release: `shop@1.${Math.floor(n / 500)}.0`,
    environment: 'production',
    user: { id: String(n % 300), email: `person${n % 300}@example.com` },
    fingerprint: [kind],
    exception: {
      values: [{ type: 'ChaosError', value: kind, mechanism: { type: 'generic', handled: false } }],
    },
    extra: { filler: randomBytes(300).toString('hex') },
  };
  const lines = [JSON.stringify({ event_id: id }), '{"type":"event"}', JSON.stringify(event)];
  if (n % 50 === 0) lines.push('{"type":"attachment","length":5,"filename":"log.txt"}', 'hello');
  return lines.join('\n');
}
