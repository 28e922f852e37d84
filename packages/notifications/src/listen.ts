import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@culprit/runtime';
import pg from 'pg';

export interface ListenOptions {
  readonly url: string;
  readonly channel: string;
  /** Something has changed, perhaps. Never the only way to learn of it: a hint may be lost, or come twice. */
  readonly onHint: (payload: string) => void;
  /** Listening (again): whatever happened before was not heard, so compare the state now. */
  readonly onConnect: () => void;
  readonly logger: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Shown in `pg_stat_activity`. Default `culprit-listen`. */
  readonly applicationName?: string;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
const HEARTBEAT_MS = 15_000;
const HEARTBEAT_TIMEOUT_MS = 5_000;
const CHANNEL = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Listens on a connection of its own and connects again for ever when it is lost (a heartbeat finds one that is silently dead). Resolves
 * when `signal` has aborted and the connection is closed.
 *
 * @throws RangeError for a channel that is no plain name.
 */
export async function listen(options: ListenOptions): Promise<void> {
  const { channel, logger, signal } = options;
  if (!CHANNEL.test(channel)) throw new RangeError('not the name of a channel');
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      await listenOnce(options, () => {
        pause = FIRST_PAUSE_MS;
      });
    } catch (err) {
      logger.warn({ err, channel, pause }, 'listening connection lost');
      await delay(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => {}); // aborted: the loop ends
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }
}

/** One connection's life: resolves after an abort, rejects when it is lost. */
async function listenOnce(options: ListenOptions, onListening: () => void): Promise<void> {
  const { channel, signal } = options;
  const client = new pg.Client({
    connectionString: options.url,
    application_name: options.applicationName ?? 'culprit-listen',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: HEARTBEAT_TIMEOUT_MS,
    keepAlive: true,
  });
  const ended = Promise.withResolvers<void>();
  client.on('error', ended.reject);
  client.on('end', () => ended.reject(new Error('connection ended')));
  client.on('notification', (message) => {
    if (message.channel === channel) options.onHint(message.payload ?? '');
  });
  const stop = (): void => ended.resolve();
  signal.addEventListener('abort', stop);
  const heartbeat = setInterval(() => client.query('select 1').catch(ended.reject), HEARTBEAT_MS);
  try {
    // Whoever loses the race is still heard: a rejection of either ends this connection.
    await Promise.race([start(client, channel), ended.promise]);
    if (!signal.aborted) {
      onListening();
      options.onConnect();
    }
    await ended.promise;
  } finally {
    clearInterval(heartbeat);
    signal.removeEventListener('abort', stop);
    await close(client);
  }
}

async function start(client: pg.Client, channel: string): Promise<void> {
  await client.connect();
  await client.query(`listen "${channel}"`);
}

/** Ends politely, and after a second otherwise: a dead peer never answers. */
async function close(client: pg.Client): Promise<void> {
  const patience = new AbortController();
  const ended = client.end().catch(() => {}); // it was broken, which is why it is closed
  await Promise.race([ended, delay(1_000, undefined, { signal: patience.signal }).catch(() => {})]);
  patience.abort();
  const { connection } = client as unknown as { connection?: { stream?: { destroy?: () => void } } };
  connection?.stream?.destroy?.();
}
