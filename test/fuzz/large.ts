import { createHash, randomBytes } from 'node:crypto';
import { eventually } from '@culprit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CulpritReader, type MadeProject } from '../corpus/culprit-reader.ts';
import { sendWire } from '../corpus/request.ts';
import { type RunningStack, startStack } from '../e2e/running-stack.ts';

const MIB = 1024 * 1024;
const PATIENCE_MS = 60_000;

/** The largest things that are taken, by a stack on the log that the environment names. */
export function testLargeThings(): void {
  let running: RunningStack;
  let reader: CulpritReader;
  let project: MadeProject;

  beforeAll(async () => {
    running = await startStack();
    reader = new CulpritReader(running.facts);
    project = await reader.createProject('large');
  });
  afterAll(() => running?.stop());

  const send = (lines: readonly (string | Uint8Array)[]) => {
    const body = Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')]));
    const path = `/api/${project.id}/envelope/?sentry_key=${project.key.public}`;
    const wire = { method: 'POST', path, headers: {}, body, isProxied: false };
    return sendWire(new URL(project.dsn).origin, wire);
  };

  test('an event of 1 MiB and an attachment of 20 MiB come back as they were sent', async () => {
    const id = randomBytes(16).toString('hex');
    const extra = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`part${i}`, 'x'.repeat(16_000)]));
    const start = `{"event_id":"${id}","extra":${JSON.stringify(extra)},"message":"`;
    const event = `${start}${'y'.repeat(MIB - Buffer.byteLength(start) - 2)}"}`;
    expect(Buffer.byteLength(event)).toBe(MIB);
    const dump = randomBytes(20 * MIB);
    const lines = [`{"event_id":"${id}"}`, `{"type":"event","length":${MIB}}`, event];
    const attachment = `{"type":"attachment","filename":"dump.bin","length":${dump.length}}`;
    await eventually('the key works', async () => (await send(['{}'])).status === 200);

    expect((await send([...lines, attachment, dump])).status).toBe(200);

    const stored = await eventually('the event', () => reader.event(project.slug, id), {
      timeoutMs: PATIENCE_MS,
    });
    expect(stored.extra).toEqual(extra);
    expect(stored.logentry).toEqual({ formatted: `${'y'.repeat(8_189)}...` });
    expect(await reader.attachments(project.slug, id)).toMatchObject([
      { name: 'dump.bin', size: 20 * MIB, sha1: sha1Of(dump) },
    ]);
    expect(sha1Of(await reader.download(project.slug, id))).toBe(sha1Of(dump));
  });
}

function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}
