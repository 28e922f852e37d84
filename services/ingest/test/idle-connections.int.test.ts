import { connect, type Socket } from 'node:net';
import { anEventId, temporaryFolder } from '@culprit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { envelope } from './harness.ts';
import {
  ENVELOPE_PATH,
  type IngestProcess,
  leaveSnapshot,
  NO_POSTGRES,
  startIngest,
} from './ingest-process.ts';

const IDLE = 10_000;
const AT_ONCE = 250;
const SLOW = 500;
const NORMAL = 60;
/** Milliseconds; a machine that does other work beside answers within it, one whose workers are stuck does not. */
const SLOWEST = 20_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let ingest: IngestProcess;
const sockets: Socket[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  await leaveSnapshot(folder.path);
  ingest = await startIngest({
    folder: folder.path,
    databaseUrl: NO_POSTGRES,
    // So that they are idle for as long as the test takes.
    env: { CULPRIT_INGEST_HEADER_TIMEOUT_MS: '120000', CULPRIT_INGEST_BODY_IDLE_MS: '120000' },
  });
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await ingest?.stop();
  await folder?.remove();
});

function openOne(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(ingest.port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject).on('error', () => {});
      socket.write(text, () => resolve());
      sockets.push(socket);
    });
  });
}

async function openMany(count: number, text: string): Promise<void> {
  for (let opened = 0; opened < count; opened += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - opened) }, () => openOne(text)));
  }
}

/** Sends events one after the other, each on a connection of its own; the milliseconds of each. */
async function sendNormal(): Promise<readonly number[]> {
  const times: number[] = [];
  for (let sent = 0; sent < NORMAL; sent++) {
    const id = anEventId();
    const body = envelope({ event_id: id }, [{ type: 'event' }, '{"message":"boom"}']);
    const started = performance.now();
    const response = await fetch(`${ingest.url}${ENVELOPE_PATH}`, {
      method: 'POST',
      body,
      headers: { connection: 'close' },
    });
    expect([response.status, await response.json()]).toEqual([200, { id }]);
    times.push(performance.now() - started);
  }
  return times;
}

const slowestOf = (times: readonly number[]): number => Math.max(...times);

test('10,000 idle connections and 500 bodies that do not come harm nobody else', async () => {
  await openMany(IDLE, '');
  expect(slowestOf(await sendNormal())).toBeLessThan(SLOWEST);
  await openMany(SLOW, `POST ${ENVELOPE_PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{`);
  expect(slowestOf(await sendNormal())).toBeLessThan(SLOWEST);
}, 120_000);
