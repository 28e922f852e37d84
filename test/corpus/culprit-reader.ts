import { z } from 'zod';
import type { StackFacts } from '../e2e/running-stack.ts';

const eventsSchema = z.array(z.looseObject({ eventID: z.string() }));
const projectSchema = z.object({ id: z.string(), slug: z.string() });
const keysSchema = z.array(
  z.object({ id: z.string(), public: z.string(), dsn: z.object({ public: z.string() }) }),
);
const outcomesSchema = z.object({
  groups: z.array(
    z.object({
      by: z.object({ project: z.number(), outcome: z.string(), reason: z.string(), category: z.string() }),
      totals: z.object({ 'sum(quantity)': z.number() }),
    }),
  ),
});
const sessionsSchema = z.object({
  groups: z.array(
    z.object({
      by: z.record(z.string(), z.unknown()),
      totals: z.record(z.string(), z.number().nullable()),
    }),
  ),
});
const systemSchema = z.object({
  log: z.object({ partitions: z.array(z.object({ lag: z.number() })) }),
  deadLetters: z.object({ open: z.number() }),
});

export type OutcomeLine = readonly [outcome: string, reason: string, category: string, quantity: number];

export interface MadeProject {
  readonly id: number;
  readonly slug: string;
  readonly key: { readonly id: string; readonly public: string };
  readonly dsn: string;
}

/** The public API as the corpus and the fuzzer use it. */
export class CulpritReader {
  readonly #facts: StackFacts;
  #team: string | undefined;

  constructor(facts: StackFacts) {
    this.#facts = facts;
  }

  async createProject(slug: string): Promise<MadeProject> {
    const { organization } = this.#facts;
    this.#team ??= z
      .array(z.object({ slug: z.string() }))
      .parse(await this.#get(`/api/0/organizations/${organization}/teams/`))[0]?.slug;
    const made = projectSchema.parse(
      await this.#send('POST', `/api/0/teams/${organization}/${this.#team}/projects/`, { name: slug, slug }),
    );
    const [key] = keysSchema.parse(await this.#get(this.#project(made.slug, 'keys/')));
    if (key === undefined) throw new Error('a new project has a key');
    return { id: Number(made.id), slug: made.slug, key, dsn: key.dsn.public };
  }

  async changeProject(slug: string, path: string, body: unknown): Promise<void> {
    await this.#send('PUT', this.#project(slug, path), body);
  }

  /** The stored event; undefined where there is none. */
  async event(slug: string, id: string): Promise<Record<string, unknown> | undefined> {
    const answer = await this.#get(this.#project(slug, `events/${id}/json/`), 404);
    return answer as Record<string, unknown> | undefined;
  }

  async newestEventId(slug: string): Promise<string | undefined> {
    return eventsSchema.parse(await this.#get(this.#project(slug, 'events/')))[0]?.eventID;
  }

  attachments(slug: string, id: string): Promise<unknown> {
    return this.#get(this.#project(slug, `events/${id}/attachments/`));
  }

  /** Bytes of the event's first attachment. */
  async download(slug: string, id: string): Promise<Uint8Array> {
    const path = this.#project(slug, `events/${id}/attachments/1/?download`);
    const response = await fetch(`${this.#facts.url}${path}`, {
      headers: { authorization: `Bearer ${this.#facts.token}` },
    });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
    return response.bytes();
  }

  feedback(slug: string): Promise<unknown> {
    return this.#get(this.#project(slug, 'user-feedback/'));
  }

  checkIns(slug: string, monitor: string): Promise<unknown> {
    return this.#get(this.#project(slug, `monitors/${monitor}/checkins/`));
  }

  async issueCount(slug: string): Promise<number> {
    return z.array(z.unknown()).parse(await this.#get(this.#project(slug, 'issues/?query='))).length;
  }

  /** Outcomes of all projects, by project. */
  async outcomes(): Promise<ReadonlyMap<number, readonly OutcomeLine[]>> {
    const query = 'field=sum(quantity)&groupBy=project&groupBy=outcome&groupBy=reason&groupBy=category';
    const path = `/api/0/organizations/${this.#facts.organization}/stats_v2/?${query}&statsPeriod=24h&interval=1d`;
    const byProject = new Map<number, OutcomeLine[]>();
    for (const { by, totals } of outcomesSchema.parse(await this.#get(path)).groups) {
      const lines = byProject.get(by.project) ?? [];
      byProject.set(by.project, lines);
      lines.push([by.outcome, by.reason, by.category, totals['sum(quantity)']]);
    }
    return byProject;
  }

  /** Sums of a project's sessions: `sessions`, `users`, `crash_free_sessions`, and one per status. */
  async sessions(project: number): Promise<Readonly<Record<string, number | null>>> {
    const path = `/api/0/organizations/${this.#facts.organization}/sessions/?project=${project}&statsPeriod=14d&interval=1d`;
    const fields = 'field=sum(session)&field=count_unique(user)&field=crash_free_rate(session)';
    const all = sessionsSchema.parse(await this.#get(`${path}&${fields}`)).groups[0]?.totals ?? {};
    const byStatus = sessionsSchema.parse(
      await this.#get(`${path}&field=sum(session)&groupBy=session.status`),
    ).groups;
    return {
      sessions: all['sum(session)'] ?? 0,
      users: all['count_unique(user)'] ?? 0,
      crash_free_sessions: all['crash_free_rate(session)'] ?? null,
      healthy: 0,
      crashed: 0,
      errored: 0,
      abnormal: 0,
      ...Object.fromEntries(
        byStatus.map(({ by, totals }) => [String(by['session.status']), totals['sum(session)'] ?? 0]),
      ),
    };
  }

  /** Records that no processor has taken yet. */
  async lag(): Promise<number> {
    const { log } = systemSchema.parse(await this.#get('/api/0/system/'));
    return log.partitions.reduce((sum, { lag }) => sum + lag, 0);
  }

  async openDeadLetters(): Promise<number> {
    return systemSchema.parse(await this.#get('/api/0/system/')).deadLetters.open;
  }

  #project(slug: string, path: string): string {
    return `/api/0/projects/${this.#facts.organization}/${slug}/${path}`;
  }

  #get(path: string, mayBe?: number): Promise<unknown> {
    return this.#send('GET', path, undefined, mayBe);
  }

  async #send(method: string, path: string, body?: unknown, mayBe?: number): Promise<unknown> {
    const response = await fetch(`${this.#facts.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#facts.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status === mayBe) return undefined;
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
