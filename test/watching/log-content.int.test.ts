import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { eventually } from '@culprit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventEnvelope, WatchedStack } from './watched-stack.ts';

/** Nobody but our senders says this. */
const MARK = 'zqxmarker';

let watched: WatchedStack;

beforeAll(async () => {
  watched = await WatchedStack.start();
});
afterAll(() => watched.stop());

let marks = 0;
const mark = (): string => `${MARK}${++marks}`;

/** An event with a mark in every field that an SDK fills, as value and, where keys are free, as key. */
function markedEvent(): Record<string, unknown> {
  const frame = {
    filename: `/srv/${mark()}.js`,
    abs_path: `https://${mark()}.example/${mark()}.js?${mark()}`,
    function: mark(),
    module: mark(),
    context_line: `throw ${mark()}`,
    pre_context: [mark()],
    post_context: [mark()],
    vars: { [mark()]: mark() },
    lineno: 1,
    colno: 2,
    in_app: true,
  };
  return {
    message: mark(),
    logentry: { message: mark(), params: [mark()] },
    transaction: mark(),
    culprit: mark(),
    logger: mark(),
    level: 'error',
    release: `${mark()}@1.0.0`,
    dist: mark(),
    environment: mark(),
    server_name: mark(),
    fingerprint: [mark(), '{{ default }}'],
    tags: { [mark()]: mark(), url: `https://example.com/${mark()}` },
    extra: { [mark()]: { [mark()]: [mark()] } },
    contexts: {
      [mark()]: { name: mark() },
      os: { name: mark(), version: mark() },
      trace: { trace_id: mark() },
    },
    modules: { [mark()]: mark() },
    user: {
      id: mark(),
      email: `${mark()}@example.com`,
      username: mark(),
      ip_address: mark(),
      data: { a: mark() },
    },
    request: {
      url: `https://example.com/${mark()}`,
      method: mark(),
      query_string: `a=${mark()}`,
      cookies: `session=${mark()}`,
      headers: { 'User-Agent': mark(), [mark()]: mark() },
      data: { [mark()]: mark() },
      env: { REMOTE_ADDR: mark() },
    },
    breadcrumbs: {
      values: [
        {
          message: mark(),
          category: mark(),
          type: mark(),
          level: mark(),
          timestamp: mark(),
          data: { a: mark() },
        },
      ],
    },
    exception: {
      values: [
        {
          type: mark(),
          value: mark(),
          module: mark(),
          mechanism: { type: mark(), data: { a: mark() }, meta: { errno: mark() } },
          stacktrace: { frames: [frame] },
        },
      ],
    },
    threads: { values: [{ id: mark(), name: mark(), stacktrace: { frames: [frame] } }] },
    debug_meta: { images: [{ type: mark(), debug_id: mark(), code_file: mark() }] },
    sdk: {
      name: mark(),
      version: mark(),
      integrations: [mark()],
      packages: [{ name: mark(), version: mark() }],
    },
    [mark()]: mark(),
  };
}

/** What senders get wrong, each with a mark where it is wrong. */
function brokenBodies(): readonly string[] {
  const broken = markedEvent();
  return [
    `{"event_id":"${mark()}"}\n`,
    `{"dsn":"http://${mark()}"}\n{"type":"event"}\n{}\n`,
    `{${mark()}\n`,
    `{}\n{"type":"${mark()}","length":3}\nabc\n`,
    `{}\n{"type":${mark()}}\nabc\n`,
    `{}\n{"type":"event","length":999999}\n${mark()}`,
    `{}\n{"type":"event"}\n{"message": ${mark()}\n`,
    `{}\n{"type":"event"}\n[${JSON.stringify(mark())}]\n`,
    `{}\n{"type":"attachment","filename":"${mark()}","content_type":"${mark()}","length":3}\nabc\n`,
    `{}\n{"type":"client_report"}\n{"discarded_events":[{"reason":"${mark()}","category":"${mark()}","quantity":1}]}\n`,
    `{}\n{"type":"client_report"}\n${mark()}\n`,
    eventEnvelope({
      ...broken,
      exception: mark(),
      user: mark(),
      tags: mark(),
      breadcrumbs: [mark()],
      request: mark(),
    }),
    eventEnvelope({ ...broken, timestamp: mark(), level: mark(), platform: mark(), release: [mark()] }),
    eventEnvelope({
      ...broken,
      message: `${mark()}\u0000${mark()}`,
      tags: { [`${mark()}\u0000`]: '\ud800' },
    }),
    eventEnvelope({ ...broken, extra: nested(mark(), 500) }),
    eventEnvelope({ ...broken, message: mark().repeat(40_000) }),
  ];
}

function nested(value: string, depth: number): unknown {
  return depth === 0 ? value : { [value]: nested(value, depth - 1) };
}

/** Asks what people ask, with marks in it. */
async function lookAround(): Promise<void> {
  const { organization, project } = watched.stack.facts;
  const base = `/api/0/organizations/${organization}`;
  const word = encodeURIComponent(`"${mark()}' or {x:String}`);
  for (const path of [
    `${base}/issues/?query=${word}`,
    `${base}/issues/?query=${encodeURIComponent(`${mark()}:${mark()} release:${mark()} user.email:${mark()}`)}`,
    `${base}/issues/?cursor=${mark()}`,
    `${base}/people/?query=${mark()}`,
    `${base}/people/?query=${encodeURIComponent(`email:${mark()}@example.com`)}`,
    `${base}/releases/${mark()}/`,
    `/api/0/projects/${organization}/${project}/events/${mark()}/`,
    `/api/0/projects/${organization}/${mark()}/`,
    `/api/0/issues/${mark()}/`,
  ]) {
    await watched.ask(path);
  }
  const { body } = await watched.ask(`${base}/issues/?query=`);
  for (const { id } of (body as { id: string }[]).slice(0, 5)) {
    await watched.ask(`/api/0/issues/${id}/events/latest/`);
    await watched.ask(`/api/0/issues/${id}/tags/`);
  }
  await watched.ask('/api/0/auth/', {
    method: 'POST',
    body: JSON.stringify({ email: `${mark()}@example.com`, password: mark() }),
  });
  await watched.ask(`${base}/releases/`, { method: 'POST', body: `{"version": ${mark()}` });
}

/** Records of a partition: the event log itself, though it is named like a log. */
const KAFKA_SEGMENT = /\/kafka\/broker-\d\/data\/[^/]{1,200}-\d{1,4}\/\d{20}\.log$/;

/** Everything that was logged: what the supervisor printed, and files that a store may have written on its own. */
async function logs(): Promise<readonly (readonly [file: string, text: string])[]> {
  const { folder } = watched.stack.stack;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.(log|err|out)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !KAFKA_SEGMENT.test(file));
  return Promise.all(
    [`${folder}.log`, ...files].map(async (file) => [file, await readFile(file, 'latin1')] as const),
  );
}

test('no log holds anything of an event or of a question, at the most talkative level, also when things fail', async () => {
  expect(await watched.send(eventEnvelope(markedEvent()))).toBe(200);
  for (const body of brokenBodies()) {
    await watched.send(body);
    await watched.send(gzipSync(body), { headers: { 'content-encoding': 'gzip' } });
    await watched.send(body, { route: 'store', headers: { 'user-agent': mark() } });
  }
  await watched.send(`${mark()}`, { headers: { 'content-encoding': 'gzip' } });
  await watched.send(`${mark()}`, { headers: { 'content-encoding': mark(), 'content-type': mark() } });
  await watched.send(eventEnvelope({}), { headers: { 'x-sentry-auth': `Sentry sentry_key=${mark()}` } });
  await watched.send(eventEnvelope({}), { headers: { origin: `https://${mark()}.example` } });
  await watched.processed();
  await lookAround();

  // And once more while every step fails.
  for (const point of ['planned', 'stored', 'committed']) {
    await watched.fault(`${point}.throws`);
    expect(await watched.send(eventEnvelope(markedEvent()))).toBe(200);
    await watched.processed();
  }
  await watched.fault('ingest-before-append.throws');
  expect(await watched.send(eventEnvelope(markedEvent()))).toBe(503);
  const pid = await watched.stack.stack.pidOf('processor');
  await watched.fault('planned.crashes');
  expect(await watched.send(eventEnvelope(markedEvent()))).toBe(200);
  await watched.restarted('processor', pid);
  await watched.mend('planned.crashes');
  await watched.processed();

  const all = await eventually(
    'the last lines are written',
    async () => {
      const now = await logs();
      return now.some(([, text]) => text.includes('uncaught exception')) ? now : undefined;
    },
    { timeoutMs: 60_000 },
  );
  for (const line of ['append failed', 'partition is put off', 'uncaught exception']) {
    expect(all.map(([, text]) => text).join('')).toContain(line);
  }
  const told = all.flatMap(([file, text]) =>
    text
      .split('\n')
      .filter((line) => line.includes(MARK))
      .map((line) => `${file}: ${line.slice(0, 300)}`),
  );
  expect(told).toEqual([]);
  // Nor do Culprit's own errors.
  const { organization } = watched.stack.facts;
  const { body } = await watched.ask(`/api/0/organizations/${organization}/issues/?query=`);
  const own = (body as { id: string; project: { slug: string } }[]).filter(
    ({ project }) => project.slug === 'culprit',
  );
  expect(own.length).toBeGreaterThan(0);
  for (const { id } of own) {
    const event = await watched.ask(`/api/0/issues/${id}/events/latest/`);
    expect(JSON.stringify(event.body)).not.toContain(MARK);
  }
});
