import { connect, createServer, type Server, type Socket } from 'node:net';
import { sql } from '@culprit/postgres';
import { silentLogger } from '@culprit/runtime';
import { eventually, type TestDatabase, testDatabase } from '@culprit/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { listen, notify } from '../src/index.ts';

let store: TestDatabase;
let stop = new AbortController();
let listening: Promise<void> = Promise.resolve();

beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store.drop());
afterEach(async () => {
  stop.abort();
  await listening;
});

interface Heard {
  readonly hints: string[];
  connects: number;
}

async function startListening(url = store.url): Promise<Heard> {
  const heard: Heard = { hints: [], connects: 0 };
  stop = new AbortController();
  listening = listen({
    url,
    channel: 'config_changed',
    onHint: (payload) => heard.hints.push(payload),
    onConnect: () => {
      heard.connects++;
    },
    logger: silentLogger(),
    signal: stop.signal,
    applicationName: 'listener',
  });
  return heard;
}

async function listeners(): Promise<number> {
  const { n } = await store.database.one<{ n: number }>(
    sql`select count(*)::int as n from pg_stat_activity where application_name = 'listener' and datname = current_database()`,
  );
  return n;
}

test('a hint is heard, with its payload, and others are not', async () => {
  const heard = await startListening();
  await eventually('it listens', () => heard.connects === 1);
  await notify(store.database, 'something_else', 'x');
  await notify(store.database, 'config_changed', '7');
  await eventually('the hint arrives', () => heard.hints.length === 1);
  expect(heard.hints).toEqual(['7']);
});

test('a hint given in a transaction comes with its commit, and not at all without', async () => {
  const heard = await startListening();
  await eventually('it listens', () => heard.connects === 1);
  await store.database
    .transaction(async (tx) => {
      await notify(tx, 'config_changed', 'rolled back');
      throw new Error('no');
    })
    .catch(() => {});
  await store.database.transaction((tx) => notify(tx, 'config_changed', 'committed'));
  await eventually('the hint arrives', () => heard.hints.length > 0);
  expect(heard.hints).toEqual(['committed']);
});

test('the schema gives a hint when a key or a project changes', async () => {
  const heard = await startListening();
  await eventually('it listens', () => heard.connects === 1);
  await store.database.execute(
    sql`insert into organizations (slug, name, hash_secret) values ('hint', 'hint', '')`,
  );
  await store.database.execute(
    sql`insert into projects (organization_id, slug, name) select id, 'hint', 'hint' from organizations where slug = 'hint'`,
  );
  await eventually('the hint arrives', () => heard.hints.length === 1);
});

test('a connection that is killed is made again, and whoever listens is told to look', async () => {
  const heard = await startListening();
  await eventually('it listens', () => heard.connects === 1);
  await store.database.execute(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listener' and datname = current_database()`,
  );
  await eventually('it listens again', () => heard.connects === 2);
  await notify(store.database, 'config_changed', 'after');
  await eventually('the hint arrives', () => heard.hints.includes('after'));
});

test('a database that is away at first is waited for', async () => {
  const gate = await startGate(store.url);
  const heard = await startListening(gate.url);
  await eventually('it was refused', () => gate.refused > 0);
  expect(heard.connects).toBe(0);
  gate.open();
  await eventually('it listens', () => heard.connects === 1);
  stop.abort();
  await listening;
  await gate.close();
});

test('an abort ends it and its connection, also while it waits for a database', async () => {
  const heard = await startListening();
  await eventually('it listens', () => heard.connects === 1);
  stop.abort();
  await listening;
  await eventually('the connection is gone', async () => (await listeners()) === 0);
  await startListening('postgres://a:b@127.0.0.1:1/x');
  stop.abort();
  await listening;
});

test('a channel that is no plain name is refused', async () => {
  const options = { url: store.url, onHint: () => {}, onConnect: () => {}, logger: silentLogger() };
  const listeningToNonsense = listen({
    ...options,
    channel: 'a"; drop table x',
    signal: new AbortController().signal,
  });
  await expect(listeningToNonsense).rejects.toThrow(RangeError);
});

/** A port that refuses until it is opened, and then passes on to PostgreSQL. */
async function startGate(target: string) {
  let isOpen = false;
  const sockets = new Set<Socket>();
  const gate = { refused: 0 };
  const server: Server = createServer((socket) => {
    if (!isOpen) {
      gate.refused++;
      socket.destroy();
      return;
    }
    const { hostname, port } = new URL(target);
    const upstream = connect(Number(port), hostname);
    for (const end of [socket, upstream]) sockets.add(end.on('error', () => {}));
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  const address = server.address();
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return Object.assign(gate, {
    url: url.href,
    open: () => {
      isOpen = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
