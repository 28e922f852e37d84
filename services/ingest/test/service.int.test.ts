import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sql } from '@culprit/postgres';
import { anEventId, eventually, quickest, temporaryFolder, testDatabase } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { envelope } from './harness.ts';
import {
  ENVELOPE_PATH,
  type IngestProcess,
  leaveSnapshot,
  NO_POSTGRES,
  startIngest,
} from './ingest-process.ts';
import { readLog } from './log-reader.ts';

const MIB = 1024 * 1024;
/** Made before anything is connected: on a busy machine it takes longer than an idle connection lives. */
const BOMB = gzipSync(Buffer.alloc(200 * MIB));

function submit(ingest: IngestProcess, path: string, body: Uint8Array, headers: Record<string, string> = {}) {
  return fetch(`${ingest.url}${path}`, { method: 'POST', body, headers });
}

const anEnvelope = (): Buffer =>
  envelope({ event_id: anEventId() }, [{ type: 'event' }, '{"message":"boom"}']);

describe('with PostgreSQL', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let stores: Awaited<ReturnType<typeof testDatabase>>;
  let ingest: IngestProcess;
  let projectId: number;

  beforeAll(async () => {
    folder = await temporaryFolder();
    stores = await testDatabase();
    const organization = await stores.database.one<{ id: string }>(sql`
      insert into organizations (slug, name, hash_secret) values ('o', 'O', '\\x00') returning id`);
    const project = await stores.database.one<{ id: number }>(sql`
      insert into projects (organization_id, slug, name) values (${organization.id}, 'p', 'P') returning id`);
    projectId = project.id;
    ingest = await startIngest({ folder: folder.path, databaseUrl: stores.url });
  });

  afterAll(async () => {
    await ingest?.stop();
    await stores?.drop();
    await folder?.remove();
  });

  async function addKey(): Promise<string> {
    const key = anEventId();
    await stores.database.execute(sql`
      insert into project_keys (project_id, public_key) values (${projectId}, ${key})`);
    return key;
  }

  const pathOf = (key: string): string => `/api/${projectId}/envelope/?sentry_key=${key}`;

  test('a key is good from the moment it exists', async () => {
    const key = await addKey();
    expect((await submit(ingest, pathOf(key), anEnvelope())).status).toBe(200);
  });

  test('a changed setting works within two seconds in every worker', async () => {
    const key = await addKey();
    const fromPage = { connection: 'close', origin: 'https://elsewhere.example' };
    expect((await submit(ingest, pathOf(key), anEnvelope(), fromPage)).status).toBe(200);
    const setDomains = (domain: string) =>
      stores.database.execute(sql`
        update projects set settings = jsonb_build_object('allowedDomains', jsonb_build_array(${domain}::text))
        where id = ${projectId}`);
    const took = await quickest(2_000, async () => {
      const setAt = performance.now();
      await setDomains('shop.example');
      await eventually('ten refusals one after the other', async () => {
        for (let tries = 0; tries < 10; tries++) {
          if ((await submit(ingest, pathOf(key), anEnvelope(), fromPage)).status !== 403) return false;
        }
        return true;
      });
      const openedAt = performance.now();
      await setDomains('*');
      await eventually(
        'it may send again',
        async () => (await submit(ingest, pathOf(key), anEnvelope(), fromPage)).status === 200,
      );
      return Math.max(openedAt - setAt, performance.now() - openedAt);
    });
    expect(took).toBeLessThan(2_000);
  });

  test('a revoked key is refused within two seconds by every worker', async () => {
    const key = await addKey();
    const setActive = (isActive: boolean) =>
      stores.database.execute(sql`update project_keys set is_active = ${isActive} where public_key = ${key}`);
    const took = await quickest(2_000, async () => {
      await setActive(true);
      await eventually(
        'the key is good',
        async () => (await submit(ingest, pathOf(key), anEnvelope())).status === 200,
      );
      const revokedAt = performance.now();
      await setActive(false);
      await eventually('ten refusals one after the other', async () => {
        for (let tries = 0; tries < 10; tries++) {
          // A new connection each, so that both workers are asked.
          const response = await submit(ingest, pathOf(key), anEnvelope(), { connection: 'close' });
          if (response.status !== 403) return false;
        }
        return true;
      });
      return performance.now() - revokedAt;
    });
    expect(took).toBeLessThan(2_000);
    await setActive(true);
    await eventually(
      'the key is good again',
      async () => (await submit(ingest, pathOf(key), anEnvelope())).status === 200,
    );
  });

  test('a project that is being deleted takes nothing', async () => {
    const key = await addKey();
    await stores.database.execute(sql`update projects set status = 'deleting' where id = ${projectId}`);
    await eventually('refusal', async () => (await submit(ingest, pathOf(key), anEnvelope())).status === 403);
    await stores.database.execute(sql`update projects set status = 'active' where id = ${projectId}`);
    await eventually(
      'acceptance',
      async () => (await submit(ingest, pathOf(key), anEnvelope())).status === 200,
    );
  });

  test('the snapshot on disk follows', async () => {
    const key = await addKey();
    await eventually('the key is in the file', async () =>
      (await readFile(join(folder.path, 'ingest', 'snapshot.json'), 'utf8')).includes(key),
    );
  });
});

describe('without PostgreSQL', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let ingest: IngestProcess;

  beforeAll(async () => {
    folder = await temporaryFolder();
    await leaveSnapshot(folder.path);
    ingest = await startIngest({
      folder: folder.path,
      databaseUrl: NO_POSTGRES,
      env: { CULPRIT_INGEST_BODY_IDLE_MS: '500', CULPRIT_INGEST_HEADER_TIMEOUT_MS: '500' },
    });
  });

  afterAll(async () => {
    await ingest?.stop();
    await folder?.remove();
  });

  test('it starts from the snapshot on disk and what it acknowledges is in the log', async () => {
    const id = anEventId();
    const body = gzipSync(envelope({ event_id: id }, [{ type: 'event' }, '{"message":"boom"}']));
    const response = await submit(ingest, ENVELOPE_PATH, body, { 'content-encoding': 'gzip' });
    expect([response.status, await response.json()]).toEqual([200, { id }]);
    const records = await readLog(folder.path);
    const record = records.find(({ header }) => header.id === id);
    expect(record?.header).toMatchObject({
      kind: 'event',
      project_id: 42,
      key_id: 1,
      client_ip: '127.0.0.1',
    });
    expect(Buffer.from(record?.payload ?? []).toString()).toBe('{"message":"boom"}');
  });

  test('an event of 1 MiB and an attachment of 20 MiB are taken, one byte more is not', async () => {
    const event = (bytes: number): string => JSON.stringify({ message: 'x'.repeat(bytes - 14) });
    const attachment = { type: 'attachment', filename: 'dump.bin' };
    const id = anEventId();
    const good = envelope(
      { event_id: id },
      [{ type: 'event' }, event(MIB)],
      [attachment, Buffer.alloc(20 * MIB, 10)],
    );
    expect((await submit(ingest, ENVELOPE_PATH, good)).status).toBe(200);
    const record = (await readLog(folder.path)).find(({ header }) => header.id === id);
    expect(record?.header).toMatchObject({
      payload_file: expect.any(String),
      attachments: [{ name: 'dump.bin', size: 20 * MIB }],
    });
    const tooLong = envelope({}, [{ type: 'event' }, event(MIB + 1)]);
    expect((await submit(ingest, ENVELOPE_PATH, tooLong)).status).toBe(413);
    const tooHeavy = envelope({}, [attachment, Buffer.alloc(20 * MIB + 1, 10)]);
    expect((await submit(ingest, ENVELOPE_PATH, tooHeavy)).status).toBe(413);
  });

  test('a zip bomb is 413 and the worker lives on', async () => {
    const response = await submit(ingest, ENVELOPE_PATH, BOMB, { 'content-encoding': 'gzip' });
    expect(response.status).toBe(413);
    expect((await submit(ingest, ENVELOPE_PATH, anEnvelope())).status).toBe(200);
  });

  test.each([
    [
      'a body that stops coming',
      `POST ${ENVELOPE_PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{}`,
    ],
    ['headers that stop coming', `POST ${ENVELOPE_PATH} HTTP/1.1\r\nhost: x\r\n`],
    ['a connection that says nothing', ''],
  ])('%s is ended with 408', async (_case, text) => {
    const answer = await talk(ingest.port, text);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer.toLowerCase()).toContain('access-control-allow-origin: *');
    expect(answer).toMatch(/\{"detail":"[^"]+"\}$/);
  });

  test('what is no HTTP is answered with 400 and CORS headers', async () => {
    expect(await talk(ingest.port, 'HELLO\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 [\s\S]*\{"detail":"bad request"\}$/,
    );
  });

  test('a client that hangs up after its body does not lose the event', async () => {
    const id = anEventId();
    const body = envelope({ event_id: id }, [{ type: 'event' }, '{}']).toString();
    const socket = connect(ingest.port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      const head = `POST ${ENVELOPE_PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`;
      socket.write(head + body, () => {
        socket.destroy();
        resolve();
      });
    });
    await eventually('the event is in the log', async () =>
      (await readLog(folder.path)).some(({ header }) => header.id === id),
    );
  });

  test('outcomes are in the log after about a second, and the metrics of both workers are one', async () => {
    const body = envelope({}, [{ type: 'transaction' }, '{}']);
    for (let sent = 0; sent < 8; sent++) await submit(ingest, ENVELOPE_PATH, body, { connection: 'close' });
    const counted = async (): Promise<number> =>
      (await readLog(folder.path))
        .flatMap(({ header }) => (header.kind === 'outcomes' ? header.outcomes : []))
        .filter((outcome) => outcome.category === 'transaction')
        .reduce((sum, outcome) => sum + outcome.quantity, 0);
    await eventually('8 transactions are counted', async () => (await counted()) === 8);
    const metrics = await (await fetch(`http://127.0.0.1:${ingest.operationsPort}/metrics`)).text();
    expect(metrics).toContain(
      'culprit_ingest_outcomes_total{outcome="invalid",category="transaction",reason="feature_disabled"} 8',
    );
  });

  test('a worker that dies is replaced, and nobody is refused meanwhile', async () => {
    const status = async (): Promise<number> =>
      (await submit(ingest, ENVELOPE_PATH, anEnvelope(), { connection: 'close' })).status;
    const children = await readFile(`/proc/${ingest.child.pid}/task/${ingest.child.pid}/children`, 'utf8');
    const [victim] = children.trim().split(' ').map(Number);
    process.kill(victim ?? 0, 'SIGKILL');
    await eventually('two workers again', async () => {
      expect(await status()).toBe(200);
      const health = await fetch(`http://127.0.0.1:${ingest.operationsPort}/health/ready`);
      return ((await health.json()) as { workers: number }).workers === 2;
    });
  });
});

/** Sends text and reads until the other side ends. */
function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(text);
  });
}
