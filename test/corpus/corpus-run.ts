import { createHash } from 'node:crypto';
import { anEventId, eventually } from '@culprit/testkit';
import { type RunningStack, startStack } from '../e2e/running-stack.ts';
import { type Expectation, type NamedCase, type Sending, sendingsOf } from './case.ts';
import { mismatches } from './compare.ts';
import { CulpritReader, type MadeProject, type OutcomeLine } from './culprit-reader.ts';
import { eachOf } from './each-of.ts';
import { type CaseFacts, fill, fillText } from './fill.ts';
import { PROXY_ADDRESS, sendWire, type WireAnswer, wireRequestOf } from './request.ts';

const WIDTH = 16;
/** A changed setting works at every process after this. */
const SETTINGS_MS = 2_000;
/** How long what was sent may take to be visible. */
const PATIENCE_MS = 120_000;

interface Running {
  readonly given: NamedCase;
  readonly project: MadeProject;
  readonly facts: CaseFacts;
  readonly answers: WireAnswer[];
  failure?: string;
}

/** Sends all cases to one running stack, and says per case what does not hold; an empty list is a case that holds. */
export async function runCorpus(
  cases: readonly NamedCase[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const stack = await startStack({ CULPRIT_TRUSTED_PROXIES: PROXY_ADDRESS });
  try {
    const reader = new CulpritReader(stack.facts);
    const running = await prepare(cases, stack, reader);
    await eachOf(running, WIDTH, (one) => sendCase(one, new URL(one.project.dsn).origin));
    await eventually('an empty log', async () => (await reader.lag()) === 0, { timeoutMs: PATIENCE_MS });
    return await judgeAll(running, reader);
  } finally {
    await stack.stop();
  }
}

/** A project for each case, so that its outcomes are its own. */
async function prepare(cases: readonly NamedCase[], stack: RunningStack, reader: CulpritReader) {
  const other = await reader.createProject('other');
  const running: Running[] = [];
  await eachOf([...cases.entries()], WIDTH, async ([i, given]) => {
    const project = await reader.createProject(`case-${i}`);
    await setUp(given, project, reader);
    const facts = {
      id: createHash('md5').update(given.name).digest('hex'),
      project: project.id,
      otherProject: other.id,
      key: project.key.public,
      dsn: project.dsn,
      now: 0,
    };
    running.push({ given, project, facts, answers: [] });
  });
  await untilSettingsWork(await reader.createProject('last'), stack);
  // One moment for all, so that what cases say of time is exact.
  const now = Math.floor(Date.now() / 1000);
  return running.map((one) => ({ ...one, facts: { ...one.facts, now } }));
}

async function setUp({ project: setup }: NamedCase, project: MadeProject, reader: CulpritReader) {
  if (setup === undefined) return;
  if (setup.settings !== undefined) await reader.changeProject(project.slug, '', setup.settings);
  for (const [id, body] of Object.entries(setup.filters ?? {})) {
    await reader.changeProject(project.slug, `filters/${id}/`, body);
  }
  if (setup.quotas !== undefined) await reader.changeProject(project.slug, 'quotas/', setup.quotas);
  if (setup.keyIsActive === false) {
    await reader.changeProject(project.slug, `keys/${project.key.id}/`, { isActive: false });
  }
}

/** The newest key is known to ingest, and the time has passed after which every process knows every setting. */
async function untilSettingsWork(newest: MadeProject, stack: RunningStack): Promise<void> {
  const changedAt = performance.now();
  const wire = { method: 'POST', headers: {}, body: Buffer.from('{}\n'), isProxied: false };
  const path = `/api/${newest.id}/envelope/?sentry_key=${newest.key.public}`;
  await eventually(
    `settings work at ${stack.facts.url}`,
    async () =>
      performance.now() - changedAt > SETTINGS_MS &&
      (await sendWire(new URL(newest.dsn).origin, { ...wire, path })).status === 200,
  );
}

async function sendCase(one: Running, origin: string): Promise<void> {
  try {
    for (const sending of sendingsOf(one.given)) {
      one.answers.push(await sendWire(origin, wireRequestOf(sending, one.facts)));
    }
  } catch (error) {
    one.failure = `could not be sent: ${String(error)}`;
  }
}

/** Asks again for what does not hold yet, until all of it does or the time is over. */
async function judgeAll(running: readonly Running[], reader: CulpritReader) {
  const results = new Map<string, readonly string[]>();
  let open = running;
  const deadline = performance.now() + PATIENCE_MS;
  do {
    const outcomes = await reader.outcomes();
    await eachOf(open, WIDTH, async (one) => {
      results.set(one.given.name, await judge(one, outcomes.get(one.project.id) ?? [], reader));
    });
    open = open.filter(({ given }) => results.get(given.name)?.length !== 0);
  } while (open.length > 0 && performance.now() < deadline);
  return results;
}

async function judge(one: Running, outcomes: readonly OutcomeLine[], reader: CulpritReader) {
  if (one.failure !== undefined) return [one.failure];
  const { expect } = one.given;
  const eventId = await eventIdOf(one, reader);
  const event = eventId === undefined ? undefined : await reader.event(one.project.slug, eventId);
  return [
    ...answerMismatches(one),
    ...eventMismatches(one, event),
    ...outcomeMismatches(one, outcomes),
    ...(await otherMismatches(one, eventId, reader, expect)),
  ];
}

/** The id that the case chose, the one that the server made, or that of the newest event. */
async function eventIdOf({ given, facts, project, answers }: Running, reader: CulpritReader) {
  if (sendingsOf(given).some(({ find }) => find === 'newest')) return reader.newestEventId(project.slug);
  const made = /^\{"id":"([0-9a-f]{32})"\}$/.exec(answers[0]?.text ?? '')?.[1];
  return made ?? facts.id;
}

function answerMismatches({ given, facts, answers }: Running): string[] {
  const { expect } = given;
  const [first, ...later] = answers;
  if (first === undefined) return ['nothing was sent'];
  const found: string[] = [];
  if (expect.status !== undefined && first.status !== expect.status) {
    found.push(`status: expected ${expect.status}, found ${first.status} ${first.text.slice(0, 200)}`);
  }
  sendingsOf(given)
    .slice(1)
    .forEach(({ status }: Sending, i) => {
      const actual = later[i]?.status;
      if (status !== undefined && status !== actual)
        found.push(`status of request ${i + 2}: expected ${status}, found ${actual}`);
    });
  found.push(...mismatches(expect.headers ?? {}, first.headers, facts, 'headers'));
  if (expect.text !== undefined && first.text.trim() !== fillText(expect.text, facts)) {
    found.push(`answer: expected ${fillText(expect.text, facts)}, found ${first.text}`);
  }
  return [...found, ...bodyMismatches(expect, first, facts)];
}

function bodyMismatches({ body }: Expectation, { text }: WireAnswer, facts: CaseFacts): string[] {
  if (body === undefined) return [];
  if (body === '') return text === '' ? [] : [`answer: expected nothing, found ${text}`];
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return [`answer: expected JSON, found ${text.slice(0, 200)}`];
  }
  const wanted = fill(body, facts);
  const isEmpty = typeof wanted === 'object' && wanted !== null && Object.keys(wanted).length === 0;
  if (isEmpty && text !== '{}') return [`answer: expected {}, found ${text}`];
  return mismatches(wanted, json, facts, 'answer');
}

function eventMismatches({ given, facts }: Running, event: Record<string, unknown> | undefined): string[] {
  const { expect } = given;
  if (expect.stored === false) return event === undefined ? [] : ['an event is stored that must not be'];
  if (event === undefined) return expect.event !== undefined || expect.stored ? ['no event is stored'] : [];
  return mismatches(fill(expect.event ?? {}, facts), event, facts);
}

function outcomeMismatches({ given }: Running, actual: readonly OutcomeLine[]): string[] {
  const { event, outcomes, outcomesInclude, noOutcome } = given.expect;
  const has = (wanted: OutcomeLine, among: readonly OutcomeLine[]) =>
    among.some((line) => line.every((part, i) => wanted[i] === '*' || wanted[i] === part));
  const wanted = outcomes ?? (event === undefined ? undefined : defaultOutcomes(given));
  const found = `found ${JSON.stringify(actual)}`;
  if (wanted !== undefined && wanted !== '*') {
    if (wanted.length !== actual.length || !wanted.every((line) => has(line, actual))) {
      return [`outcomes: expected ${JSON.stringify(wanted)}, ${found}`];
    }
  }
  const missing = (outcomesInclude ?? []).filter((line) => !has(line, actual));
  const tooMany = actual.filter(([outcome]) => noOutcome?.includes(outcome));
  return missing.length + tooMany.length === 0
    ? []
    : [`outcomes: expected ${JSON.stringify(outcomesInclude)} and none of ${noOutcome}, ${found}`];
}

/** One event that is accepted is one outcome; where more was sent, the case says itself what it is. */
function defaultOutcomes(given: NamedCase): readonly OutcomeLine[] | undefined {
  const [sending, ...more] = sendingsOf(given);
  const isOneEvent = more.length === 0 && (sending?.event !== undefined || sending?.sentryData !== undefined);
  return isOneEvent ? [['accepted', '', 'error', 1]] : undefined;
}

async function otherMismatches(
  { project, facts }: Running,
  eventId: string | undefined,
  reader: CulpritReader,
  expect: Expectation,
): Promise<string[]> {
  const found: string[] = [];
  if (expect.attachments !== undefined) {
    const actual = await reader.attachments(project.slug, eventId ?? anEventId());
    found.push(...setMismatches(expect.attachments, actual, facts, 'attachments'));
  }
  if (expect.feedback !== undefined) {
    const actual = await reader.feedback(project.slug);
    found.push(...setMismatches(expect.feedback, actual, facts, 'feedback'));
  }
  if (expect.sessions !== undefined) {
    found.push(...mismatches(expect.sessions, await reader.sessions(project.id), facts, 'sessions'));
  }
  if (expect.issues !== undefined) {
    found.push(...mismatches(expect.issues, await reader.issueCount(project.slug), facts, 'issues'));
  }
  return found;
}

/** As many, and each expected one is among them. */
function setMismatches(expected: readonly unknown[], actual: unknown, facts: CaseFacts, path: string) {
  if (!Array.isArray(actual) || actual.length !== expected.length) {
    return [`${path}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`];
  }
  return expected
    .map((one) => fill(one, facts))
    .filter((one) => !actual.some((candidate) => mismatches(one, candidate, facts).length === 0))
    .map((one) => `${path}: expected ${JSON.stringify(one)}, found ${JSON.stringify(actual)}`);
}
