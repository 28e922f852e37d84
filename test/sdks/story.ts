import { spawn } from 'node:child_process';
import { eventually } from '@culprit/testkit';
import { expect } from 'vitest';
import { z } from 'zod';
import type { CulpritReader, MadeProject } from '../corpus/culprit-reader.ts';
import type { Command } from './toolchain.ts';

const RELEASE = 'orders@1.4.2';
const ENVIRONMENT = 'production';
const PATIENCE_MS = 60_000;

type Loose = Readonly<Record<string, unknown>>;
export const idsSchema = z.object({ thrown: z.string(), message: z.string() });
export type Ids = z.infer<typeof idsSchema>;

/** Runs an SDK's program in a process of its own, which knows nothing but where to send to. */
export async function tell([command, ...args]: Command, project: MadeProject, cwd?: string): Promise<Ids> {
  const child = spawn(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      SENTRY_DSN: project.dsn,
      SENTRY_RELEASE: RELEASE,
      SENTRY_ENVIRONMENT: ENVIRONMENT,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [code, out, said] = await Promise.all([
    new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve)),
    child.stdout.toArray(),
    child.stderr.toArray(),
  ]);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${Buffer.concat(said).toString('utf8')}`);
  const ids = idsSchema.parse(JSON.parse(Buffer.concat(out).toString('utf8')));
  return { thrown: plain(ids.thrown), message: plain(ids.message) };
}

function plain(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}

/** What an SDK can do and how it says it, beside what all of them do. */
export interface Traits {
  readonly platform: string;
  /** Exceptions of the thrown event, oldest cause first. */
  readonly exceptions: readonly (readonly [type: unknown, value: unknown])[];
  /** The function that threw, as the newest frame of the last exception says it; absent where exceptions have no stack. */
  readonly thrower?: unknown;
  readonly level?: string;
  readonly messageLevel?: string;
  readonly sdk: string;
  readonly serverName?: string | null;
  readonly hasContext?: boolean;
  readonly hasAttachment?: boolean;
  readonly hasSession?: boolean;
  readonly hasCheckIn?: boolean;
  readonly hasFeedback?: boolean;
}

/** Everything that the program set is stored, field by field, and nothing was dropped. */
export async function expectStory(reader: CulpritReader, project: MadeProject, ids: Ids, traits: Traits) {
  const [thrown, message] = await Promise.all([
    stored(reader, project, ids.thrown),
    stored(reader, project, ids.message),
  ]);
  for (const event of [thrown, message]) expect(event).toMatchObject(common(traits, project));
  expectThrown(thrown, traits);
  expect(message).toMatchObject({
    level: traits.messageLevel ?? 'warning',
    logentry: { formatted: 'stock is low' },
  });
  await expectOthers(reader, project, ids, traits);
  await expectNothingLost(reader, project, traits);
}

function common(traits: Traits, project: MadeProject): Loose {
  const tags = [['region', 'eu-north']];
  if (traits.serverName !== null) tags.push(['server_name', traits.serverName ?? 'orders-1']);
  return {
    platform: traits.platform,
    release: RELEASE,
    environment: ENVIRONMENT,
    project: project.id,
    user: { id: 'u-7', email: 'ada@example.com', username: 'ada' },
    tags: expect.arrayContaining(tags),
    sdk: { name: traits.sdk, version: expect.stringMatching(/^[0-9]+\.[0-9]+/) },
    breadcrumbs: {
      values: expect.arrayContaining([
        expect.objectContaining({
          category: 'cart',
          message: 'shipping quote is late',
          level: 'warning',
          data: { ms: 310 },
        }),
      ]),
    },
    ...(traits.hasContext === false ? {} : { contexts: { order: { number: 4711, express: true } } }),
  };
}

function expectThrown(event: Loose, traits: Traits): void {
  const { values } = event.exception as { readonly values: readonly Loose[] };
  expect(values.map(({ type, value }) => [type ?? null, value])).toEqual(traits.exceptions);
  expect(event).toMatchObject({ type: 'error', level: traits.level ?? 'error' });
  if (traits.thrower === undefined) return;
  const stacktrace = values.at(-1)?.stacktrace as { readonly frames: readonly Loose[] } | undefined;
  expect(stacktrace?.frames.at(-1)).toMatchObject({ function: traits.thrower, lineno: expect.any(Number) });
}

async function expectOthers(reader: CulpritReader, project: MadeProject, ids: Ids, traits: Traits) {
  if (traits.hasAttachment === true) {
    const attachments = await eventually('the attachment', async () => {
      const found = (await reader.attachments(project.slug, ids.thrown)) as readonly Loose[];
      return found.length > 0 && found;
    });
    expect(attachments).toMatchObject([{ name: 'order.txt', size: 16, mimetype: 'text/plain' }]);
  }
  if (traits.hasSession === true) {
    const sums = await eventually('the session', async () => {
      const found = await reader.sessions(project.id);
      return found.sessions !== 0 && found;
    });
    expect(sums).toMatchObject({ sessions: 1, crashed: 0, crash_free_sessions: 1 });
  }
  if (traits.hasCheckIn === true) {
    const checkIns = await eventually('the check-in', async () => {
      const found = (await reader.checkIns(project.slug, 'nightly')) as readonly Loose[];
      return found.length > 0 && found;
    });
    expect(checkIns).toMatchObject([{ monitor: 'nightly', status: 'ok', duration: 12_000 }]);
  }
  if (traits.hasFeedback === true) {
    const feedback = await eventually('the feedback', async () => {
      const found = (await reader.feedback(project.slug)) as readonly Loose[];
      return found.length > 0 && found;
    });
    expect(feedback).toMatchObject([
      { name: 'Ada', email: 'ada@example.com', comments: 'It broke.', event: { eventID: ids.thrown } },
    ]);
  }
}

/** Each thing that the program sent was accepted; nothing else came of it. */
async function expectNothingLost(reader: CulpritReader, project: MadeProject, traits: Traits): Promise<void> {
  const wanted = {
    error: 2,
    ...(traits.hasSession === true ? { session: expect.any(Number) } : {}),
    ...(traits.hasCheckIn === true ? { monitor: 1 } : {}),
    ...(traits.hasFeedback === true ? { feedback: 1 } : {}),
    ...(traits.hasAttachment === true
      ? { attachment: expect.any(Number), attachment_item: expect.any(Number) }
      : {}),
  };
  const accepted = await eventually(
    'all outcomes',
    async () => {
      const lines = (await reader.outcomes()).get(project.id) ?? [];
      const sums = Object.fromEntries(lines.map(([outcome, , category, n]) => [`${outcome} ${category}`, n]));
      const isThere = ([category, n]: readonly [string, unknown]): boolean =>
        (sums[`accepted ${category}`] ?? 0) >= (typeof n === 'number' ? n : 1);
      return Object.entries(wanted).every(isThere) && sums;
    },
    { timeoutMs: PATIENCE_MS },
  );
  expect(accepted).toEqual(
    Object.fromEntries(Object.entries(wanted).map(([category, n]) => [`accepted ${category}`, n])),
  );
}

function stored(reader: CulpritReader, project: MadeProject, id: string): Promise<Loose> {
  return eventually(`the event ${id}`, () => reader.event(project.slug, id), { timeoutMs: PATIENCE_MS });
}
