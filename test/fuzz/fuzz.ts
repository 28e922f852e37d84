import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { usageOf } from '../../bench/process-tree.ts';
import type { LocalStack } from '../chaos/local-stack.ts';
import { CulpritReader, type MadeProject } from '../corpus/culprit-reader.ts';
import type { StackFacts } from '../e2e/running-stack.ts';
import { isOfAccepted, outcomesOf } from './expected-outcomes.ts';
import { type FuzzProjects, type Submission, submissions } from './submissions.ts';
import { untouchedMismatches } from './untouched.ts';

export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  readonly onProgress?: (line: string) => void;
}

export interface FuzzReport {
  readonly sent: number;
  readonly seconds: number;
  /** By status; 0 is a connection that was closed without an answer. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Bodies that were answered with 5xx or not at all; at most 10. */
  readonly broken: readonly string[];
  /** Outcomes that accepted items must have brought, and those that came. */
  readonly expectedOutcomes: number;
  readonly outcomes: number;
  readonly outcomesByReason: Readonly<Record<string, number>>;
  readonly deadLetters: number;
  /** What was not touched and is stored differently; at most 10. */
  readonly changed: readonly string[];
  readonly probesRead: number;
  /** Services that were started again. */
  readonly restarted: readonly string[];
  /** Megabytes of ingest and processor after a fifth of the submissions, and at the end. */
  readonly memory: { readonly early: Memory; readonly late: Memory };
}
type Memory = Readonly<Record<string, number>>;

const CONNECTIONS = 32;
const WATCHED = ['ingest', 'processor'];
const MOST_PROBES = 400;
const SETTLE_MS = 300_000;

/** Sends mutated submissions to a running stack and looks at what became of them. The stack must be fresh: its outcomes are counted. */
export async function fuzz(stack: LocalStack, facts: StackFacts, options: FuzzOptions): Promise<FuzzReport> {
  const reader = new CulpritReader(facts);
  const project = await reader.createProject('fuzz');
  const others = await reader.createProject('fuzz-others');
  const before = await pidsOf(stack);
  const run = new FuzzRun({ envelopes: project, others }, options);
  await run.untilKeysWork();
  await run.send(Math.floor(options.count / 5));
  const early = memoryOf(before);
  await run.send(options.count - Math.floor(options.count / 5));
  await untilEmpty(reader);
  const late = memoryOf(before);
  const lines = await settledOutcomes(reader, project, run.expectedOutcomes);
  const after = await pidsOf(stack);
  return {
    ...run.facts(),
    outcomes: sumOf(lines),
    outcomesByReason: Object.fromEntries(
      lines.map(([outcome, reason, category, quantity]) => [`${outcome} ${reason} ${category}`, quantity]),
    ),
    deadLetters: await reader.openDeadLetters(),
    ...(await readProbes(reader, project, run.probes)),
    restarted: WATCHED.filter((name) => before[name] !== after[name]),
    memory: { early, late },
  };
}

class FuzzRun {
  readonly probes: NonNullable<Submission['probe']>[] = [];
  expectedOutcomes = 0;
  readonly #statuses: Record<string, number> = {};
  readonly #broken: string[] = [];
  readonly #source: Generator<Submission, never>;
  readonly #origin: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #onProgress: (line: string) => void;
  readonly #projects: FuzzProjects;
  readonly #startedAt = performance.now();
  #sent = 0;
  #ms = 0;

  constructor(projects: FuzzProjects, { seed, onProgress }: FuzzOptions) {
    this.#projects = projects;
    this.#source = submissions(projects, seed);
    this.#origin = new URL(projects.envelopes.dsn);
    this.#onProgress = onProgress ?? (() => {});
  }

  /** Ingest knows both projects. */
  async untilKeysWork(): Promise<void> {
    for (const { id, key } of Object.values(this.#projects)) {
      const path = `/api/${id}/envelope/?sentry_key=${key.public}`;
      while ((await this.#post({ path, headers: {}, body: Buffer.from('{}\n') })) !== 200) await delay(50);
    }
  }

  async send(count: number): Promise<void> {
    const started = performance.now();
    let left = count;
    const sender = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await this.#sendOne(this.#source.next().value);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, sender));
    this.#ms += performance.now() - started;
  }

  facts() {
    return {
      sent: this.#sent,
      seconds: Math.round(this.#ms / 100) / 10,
      statuses: this.#statuses,
      broken: this.#broken,
      expectedOutcomes: this.expectedOutcomes,
      probesRead: 0,
      changed: [],
    };
  }

  async #sendOne(submission: Submission): Promise<void> {
    const status = await this.#post(submission);
    this.#sent += 1;
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    if (this.#sent % 50_000 === 0) {
      const seconds = Math.round((performance.now() - this.#startedAt) / 1000);
      this.#onProgress(`${this.#sent} sent after ${seconds} s`);
    }
    if ((status >= 500 || status === 0) && this.#broken.length < 10) {
      this.#broken.push(`${status} ${submission.path} ${submission.body.toString('base64').slice(0, 4_000)}`);
    }
    if (status !== 200 || submission.envelope === undefined) return;
    this.expectedOutcomes += outcomesOf(submission.envelope);
    if (submission.probe !== undefined) this.#keepProbe(submission.probe);
  }

  /** A sample that is spread over the whole run: each new one replaces one by chance. */
  #keepProbe(probe: NonNullable<Submission['probe']>): void {
    if (this.probes.length < MOST_PROBES) this.probes.push(probe);
    else if (this.#sent % 50 === 0) this.probes[this.#sent % MOST_PROBES] = probe;
  }

  /** @returns the status, 0 without an answer. */
  #post({ path, headers, body }: Submission): Promise<number> {
    return new Promise((resolve) => {
      const outgoing = httpRequest(
        {
          agent: this.#agent,
          host: this.#origin.hostname,
          port: this.#origin.port,
          method: 'POST',
          path,
          headers: { ...headers, 'content-length': body.length },
        },
        (answer) => {
          answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
          answer.once('error', () => resolve(0));
        },
      );
      outgoing.once('error', () => resolve(0));
      outgoing.end(body);
    });
  }
}

async function readProbes(reader: CulpritReader, project: MadeProject, probes: FuzzRun['probes']) {
  const changed: string[] = [];
  let probesRead = 0;
  for (const { id, untouched } of probes) {
    const stored = await reader.event(project.slug, id);
    // What is too old, or otherwise lost, has an outcome that says so.
    if (stored === undefined) continue;
    probesRead += 1;
    const lines = untouchedMismatches(untouched, stored).map((line) => `${id} ${line}`);
    changed.push(...lines.slice(0, 10 - changed.length));
  }
  return { probesRead, changed };
}

async function settledOutcomes(reader: CulpritReader, project: MadeProject, expected: number) {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const lines = ((await reader.outcomes()).get(project.id) ?? []).filter(isOfAccepted);
    if (sumOf(lines) === expected || performance.now() > deadline) return lines;
    await delay(500);
  }
}

function sumOf(lines: readonly (readonly [string, string, string, number])[]): number {
  return lines.reduce((sum, [, , , quantity]) => sum + quantity, 0);
}

async function untilEmpty(reader: CulpritReader): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  while ((await reader.lag()) > 0) {
    if (performance.now() > deadline) throw new Error('the processor does not come to an end');
    await delay(500);
  }
}

async function pidsOf(stack: LocalStack): Promise<Readonly<Record<string, number>>> {
  const { processes } = await stack.run();
  return Object.fromEntries(Object.entries(processes).map(([name, { pid }]) => [name, pid]));
}

/** Without pages of files, which the system takes back. */
function memoryOf(pids: Readonly<Record<string, number>>): Memory {
  const usage = usageOf(pids);
  return Object.fromEntries(
    WATCHED.map((name) => {
      const { bytes = 0, mappedBytes = 0 } = usage[name] ?? {};
      return [name, Math.round((bytes - mappedBytes) / 1024 ** 2)];
    }),
  );
}
