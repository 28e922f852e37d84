import { readFileSync } from 'node:fs';
import { eventually } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  eventOf,
  lastValueOf,
  type Recorder,
  type SentEnvelope,
  type SentEvent,
  startRecorder,
} from './recorder.ts';
import { programFile, runOrders } from './run-program.ts';
import { type RunningStack, startStack } from './running-stack.ts';
import { storedFormOf } from './stored-form.ts';
import { signatureOf, startWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const OLD = 'orders@1.0.0';
const NEW = 'orders@1.1.0';
const VOUCHER = 'VoucherError: voucher HARBOR10 cannot be applied';
const MESSAGE = 'the queue of mails is long';
const REJECTION = 'RangeError: no warehouse has 12 of them';
const FATAL = 'TypeError: the price list is not a list';

let running: RunningStack;
let recorder: Recorder;
let receiver: WebhookReceiver;
let secret: string;
let exitCodes: readonly (number | null)[];

/** Release 1.0.0 goes live and fails two people in three ways; then comes 1.1.0, which ends with an error that is new. */
beforeAll(async () => {
  running = await startStack({ CULPRIT_ALERTS_ALLOW_PRIVATE: '1', CULPRIT_ALERTS_WINDOW_SECONDS: '3' });
  const { api, facts } = running;
  [recorder, receiver] = await Promise.all([startRecorder(facts.dsn), startWebhookReceiver()]);
  secret = await api.addWebhook(receiver.url);
  const run = (release: string, ...args: readonly string[]) =>
    runOrders({ dsn: recorder.dsn, release, environment: 'production' }, ...args);

  await api.deploy(OLD, 'production');
  const first = await Promise.all([
    run(OLD, 'caught', '1'),
    run(OLD, 'caught', '2'),
    run(OLD, 'message', '1'),
    run(OLD, 'rejection', '2'),
  ]);
  await Promise.all([api.issue(VOUCHER, 2), api.issue(MESSAGE), api.issue(REJECTION)]);
  await api.deploy(NEW, 'production');
  exitCodes = [...first, await run(NEW, 'fatal', '2')];
  await api.issue(FATAL);
});

afterAll(async () => {
  await Promise.all([recorder?.close(), receiver?.close(), running?.stop()]);
});

function sentEvents(): readonly { readonly envelope: SentEnvelope; readonly event: SentEvent }[] {
  return recorder.sent.flatMap((envelope) => {
    const event = eventOf(envelope.body, envelope.headers['content-encoding']);
    return event === undefined ? [] : [{ envelope, event }];
  });
}

/** What the SDK sent for the issue with this title. */
function sentOf(text: string): { readonly envelope: SentEnvelope; readonly event: SentEvent } {
  const found = sentEvents().find(({ event }) => lastValueOf(event).includes(text));
  if (found === undefined) throw new Error(`nothing was sent with ${text}`);
  return found;
}

/** Text of the first line of a source file that has `part`, with its number from 1. */
function sourceLine(file: string, part: string): { readonly text: string; readonly number: number } {
  const lines = readFileSync(programFile(file), 'utf8').split('\n');
  const index = lines.findIndex((line) => line.includes(part));
  return { text: lines[index] ?? '', number: index + 1 };
}

test('a program with the SDK runs as it does without: only what it did not catch ends it', () => {
  expect(exitCodes).toEqual([0, 0, 0, 0, 1]);
  expect(recorder.sent.map(({ status }) => status)).toEqual(recorder.sent.map(() => 200));
});

describe('the issue list shows', () => {
  test('each kind of error once, with events, people, release and deploy', async () => {
    const issues = await running.api.issues();
    const facts = issues.map(({ title, count, userCount, level, isUnhandled, firstRelease, firstDeploy }) => [
      title,
      count,
      userCount,
      level,
      isUnhandled,
      firstRelease?.version,
      firstDeploy?.number,
    ]);
    expect(new Set(facts)).toEqual(
      new Set([
        [VOUCHER, '2', 2, 'error', false, OLD, 1],
        [expect.stringContaining(MESSAGE), '1', 1, 'warning', false, OLD, 1],
        [REJECTION, '1', 1, 'error', true, OLD, 1],
        [FATAL, '1', 1, 'fatal', true, NEW, 2],
      ]),
    );
    expect(issues.find(({ title }) => title === VOUCHER)?.culprit).toBe('voucher in applyVoucher');
  });

  test('by a search for a person, a release or a level only what belongs to it', async () => {
    const titles = async (query: string) =>
      (await running.api.issues(query)).map(({ title }) => title).sort();
    expect(await titles('user.email:ada2@example.com')).toEqual([REJECTION, FATAL, VOUCHER].sort());
    expect(await titles(`first-release:${NEW}`)).toEqual([FATAL]);
    expect(await titles('level:warning')).toEqual([expect.stringContaining(MESSAGE)]);
  });
});

describe('the stored event', () => {
  test.each([VOUCHER.slice(14), MESSAGE, REJECTION.slice(12), FATAL.slice(11)])(
    'is what the SDK sent, field by field: %s',
    async (text) => {
      const { event } = sentOf(text);
      const { received, project, key_id, ...stored } = await running.api.storedEvent(event.event_id);
      expect(stored).toEqual(storedFormOf(event));
      expect([project, key_id]).toEqual([1, '1']);
      expect(Math.abs(received - Number(event.timestamp))).toBeLessThan(60);
    },
  );

  test('has the chain of exceptions, oldest cause first, with frames of the program and their source', async () => {
    const { event } = sentOf('cannot be applied');
    const { exception } = await running.api.storedEvent(event.event_id);
    expect(exception?.values.map(({ type, value }) => [type, value])).toEqual([
      ['TypeError', "Cannot read properties of undefined (reading 'amount')"],
      ['VoucherError', 'voucher HARBOR10 cannot be applied'],
    ]);
    const cause = sourceLine('voucher.mjs', 'voucher.value.amount');
    expect(exception?.values[0]?.stacktrace?.frames?.at(-1)).toMatchObject({
      filename: programFile('voucher.mjs'),
      function: 'discountOf',
      lineno: cause.number,
      context_line: cause.text,
      in_app: true,
    });
    const frames = exception?.values[1]?.stacktrace?.frames ?? [];
    expect(frames[0]).toMatchObject({ filename: expect.stringMatching(/^node:/), in_app: false });
    expect(frames.at(-1)).toMatchObject({
      function: 'applyVoucher',
      lineno: sourceLine('voucher.mjs', 'throw new').number,
      pre_context: expect.arrayContaining(['  try {']),
      post_context: ['  }', '}'],
    });
  });

  test('has user, tags, breadcrumbs, context, extra, release and environment', async () => {
    const { event } = sentOf('cannot be applied');
    const stored = await running.api.storedEvent(event.event_id);
    const person = stored.user?.id?.slice(2);
    expect(stored).toMatchObject({
      release: OLD,
      environment: 'production',
      user: { id: `u-${person}`, email: `ada${person}@example.com`, username: `ada${person}` },
      tags: [
        ['order.kind', 'subscription'],
        ['region', 'eu-north'],
        ['server_name', 'orders-1'],
      ],
      extra: { attempt: 3 },
      contexts: {
        order: { number: 4711, express: true },
        runtime: { name: 'node', version: process.version },
      },
    });
    expect(
      stored.breadcrumbs?.values.map(({ category, level, message }) => [category, level, message]),
    ).toEqual([
      ['auth', 'info', 'session found'],
      ['cart', 'warning', 'shipping quote is late'],
    ]);
  });
});

test('a person is found by email, id and username, with everything that hit them', async () => {
  for (const query of ['ada2@example.com', 'ADA2@example.com', 'u-2', 'ada2']) {
    const person = await running.api.person(query);
    expect(person.totals).toEqual({ events: 3, issues: 3 });
    const met = person.issues.map(({ issue, count, lastRelease, lastDeploy }) => [
      issue.title,
      count,
      lastRelease,
      lastDeploy?.number,
    ]);
    expect(met[0]).toEqual([FATAL, 1, NEW, 2]);
    expect(new Set(met.slice(1))).toEqual(
      new Set([
        [REJECTION, 1, OLD, 1],
        [VOUCHER, 1, OLD, 1],
      ]),
    );
  }
  expect((await running.api.person('nobody@example.com')).totals).toEqual({ events: 0, issues: 0 });
});

test('a new issue after a deploy is told within 90 s, by one signed webhook for that deploy', async () => {
  const bodyOf = ({ body }: { body: Buffer }) => JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  const told = await eventually(
    'a webhook about deploy #2',
    () => receiver.received.find((one) => (bodyOf(one).deploy as { number: number } | null)?.number === 2),
    { timeoutMs: 90_000 },
  );
  expect(told.headers['sentry-hook-signature']).toBe(signatureOf(told.body, secret));
  expect(bodyOf(told)).toMatchObject({
    text: 'deploy #2 to production brought 1 new issue, 1 person hit',
    organization: 'main',
    projects: ['app'],
    deploy: { number: 2, environment: 'production', version: NEW },
    release: NEW,
    people: 1,
    issues: [{ title: FATAL, isNew: true, events: 1, people: 1 }],
  });
  const issue = await running.api.issue(FATAL);
  const links = [...(bodyOf(told).issues as { url: string }[]).map(({ url }) => url), issue.permalink];
  expect(links).toEqual([issue.permalink.replace(/\/$/, ''), issue.permalink]);
  expect(told.at - Date.parse(issue.firstSeen)).toBeLessThan(90_000);
  const keys = receiver.received.map(({ headers }) => headers['idempotency-key']);
  expect(new Set(keys).size).toBe(keys.length);
  const aboutFirst = receiver.received
    .map(bodyOf)
    .filter((body) => (body.deploy as { number: number }).number === 1);
  expect(aboutFirst.flatMap((body) => body.issues)).toHaveLength(3);
});

test('what is sent again by hand is counted once, and the outcomes say so', async () => {
  const { envelope } = sentOf('no warehouse');
  const statuses = [
    await recorder.resend(envelope),
    ...(await Promise.all([recorder.resend(envelope), recorder.resend(envelope)])),
  ];
  expect(statuses).toEqual([200, 200, 200]);
  const outcomes = await eventually(
    'three duplicates',
    async () => {
      const counted = await running.api.outcomesOfErrors();
      return counted['invalid/duplicate'] === 3 && counted;
    },
    { timeoutMs: 20_000 },
  );
  expect(outcomes).toEqual({ accepted: 5, 'invalid/duplicate': 3 });
  expect((await running.api.issue(REJECTION)).userCount).toBe(1);
  expect((await running.api.person('u-2')).totals).toEqual({ events: 3, issues: 3 });
});

test('everything derived agrees with the rows', async () => {
  const { code, output } = await running.stack.tool('services/processor/verify-main.ts');
  expect(output).toMatch(/^All counters agree with 5 events in 4 issues\.$/m);
  expect(code).toBe(0);
});
