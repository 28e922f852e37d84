import { gzipSync } from 'node:zlib';
import { readCorpus, sendingsOf } from '../corpus/case.ts';
import type { MadeProject } from '../corpus/culprit-reader.ts';
import { wireRequestOf } from '../corpus/request.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutatedEvent, type Untouched } from './mutate-event.ts';
import { Random } from './random.ts';

export interface Submission {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body before it was compressed or packed; undefined where the route is not the envelope's. */
  readonly envelope?: Buffer;
  /** Set for an event whose stored form is known but for what was mutated. */
  readonly probe?: { readonly id: string; readonly untouched: Untouched };
}

interface Seed {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly isEnvelope: boolean;
}

const PLACEHOLDER = 'f'.repeat(32);
const LARGEST_SEED = 8_192;

/** Where submissions go: what comes as an envelope can be counted exactly, what comes by other routes cannot. */
export interface FuzzProjects {
  readonly envelopes: MadeProject;
  readonly others: MadeProject;
}

/** Endless submissions, the same for the same seed: half of them bodies of the corpus with bytes changed, half events with values changed. */
export function* submissions(projects: FuzzProjects, seed: number): Generator<Submission, never> {
  const random = new Random(seed);
  const seeds = [
    ...seedsOf(projects.envelopes).filter(({ isEnvelope }) => isEnvelope),
    ...seedsOf(projects.others).filter(({ isEnvelope }) => !isEnvelope),
  ];
  for (;;)
    yield random.chance(0.5) ? fromSeed(random.of(seeds), random) : fromEvent(projects.envelopes, random);
}

function seedsOf(project: MadeProject): readonly Seed[] {
  const facts = {
    id: PLACEHOLDER,
    project: project.id,
    otherProject: project.id,
    key: project.key.public,
    dsn: project.dsn,
    now: Math.floor(Date.now() / 1000),
  };
  return readCorpus()
    .flatMap(sendingsOf)
    .filter(({ method, encoding, auth }) => method === undefined && encoding === undefined && auth !== 'none')
    .map((sending) => wireRequestOf(sending, facts))
    .filter(
      ({ body, path }) =>
        body.length > 0 && body.length <= LARGEST_SEED && path.startsWith(`/api/${project.id}/`),
    )
    .map(({ path, headers, body }) => ({
      path,
      headers: withoutEncoding(headers),
      body,
      isEnvelope: path.includes('/envelope'),
    }));
}

function withoutEncoding(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-encoding'));
}

function fromSeed(seed: Seed, random: Random): Submission {
  // An id of its own nine times of ten: the tenth is sent again.
  const id = random.chance(0.9) ? random.id() : PLACEHOLDER;
  const named = Buffer.from(seed.body.toString('latin1').replaceAll(PLACEHOLDER, id), 'latin1');
  const body = random.chance(0.1) ? named : mutateBytes(named, random);
  return {
    path: seed.path.replaceAll(PLACEHOLDER, id),
    ...compressed(seed.headers, body, random),
    ...(seed.isEnvelope ? { envelope: body } : {}),
  };
}

function fromEvent(project: MadeProject, random: Random): Submission {
  const id = random.id();
  const { event, untouched } = mutatedEvent(random);
  const text = `{"event_id":"${id}"}\n{"type":"event"}\n${JSON.stringify(event)}\n`;
  const envelope = Buffer.from(text);
  return {
    path: `/api/${project.id}/envelope/?sentry_version=7&sentry_key=${project.key.public}`,
    ...compressed({}, envelope, random),
    envelope,
    probe: { id, untouched },
  };
}

/** Some come compressed, and of those some are damaged, which nobody can read. */
function compressed(headers: Readonly<Record<string, string>>, body: Buffer, random: Random) {
  if (!random.chance(0.2)) return { headers, body };
  return { headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(body, { level: 1 }) };
}
