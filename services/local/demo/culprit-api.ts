import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const issuesSchema = z.array(
  z.object({
    title: z.string(),
    permalink: z.string(),
    count: z.string(),
    userCount: z.number(),
    firstRelease: z.object({ version: z.string() }).nullable(),
  }),
);
export type DemoIssue = z.infer<typeof issuesSchema>[number];

const PATIENCE_MS = 30_000;

/** What a deploy script and a curious person ask of Culprit's API. */
export class CulpritApi {
  readonly #url: string;
  readonly #token: string;
  readonly #organization: string;
  readonly #project: string;

  constructor(options: { url: string; token: string; organization: string; project: string }) {
    this.#url = options.url;
    this.#token = options.token;
    this.#organization = options.organization;
    this.#project = options.project;
  }

  /** Says that a release is live now. */
  async deploy(version: string, environment: string): Promise<void> {
    const projects = [this.#project];
    await this.#request('POST', 'releases/', { version, projects });
    await this.#request('POST', `releases/${encodeURIComponent(version)}/deploys/`, {
      environment,
      projects,
    });
  }

  /** Those that are not resolved, the last seen first. */
  async issues(): Promise<readonly DemoIssue[]> {
    return issuesSchema.parse(await this.#request('GET', 'issues/?query=&limit=100'));
  }

  /**
   * Resolves to all issues once each kind has so many events more than before.
   *
   * @param expected part of an issue's title, and how many more.
   */
  async waitForMore(
    before: readonly DemoIssue[],
    expected: readonly (readonly [title: string, events: number])[],
  ): Promise<readonly DemoIssue[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const issues = await this.issues();
      const open = expected.filter(
        ([title, events]) => eventsOf(issues, title) < eventsOf(before, title) + events,
      );
      if (open.length === 0) return issues;
      if (performance.now() > deadline) {
        throw new Error(
          `not there after ${PATIENCE_MS / 1000} s: ${open.map(([title]) => title).join(', ')}`,
        );
      }
      await delay(250);
    }
  }

  issuesLink(): string {
    return `${this.#url}/organizations/${this.#organization}/issues`;
  }

  personLink(who: string): string {
    return `${this.#url}/organizations/${this.#organization}/people?who=${encodeURIComponent(who)}`;
  }

  async #request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/0/organizations/${this.#organization}/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }
}

function eventsOf(issues: readonly DemoIssue[], title: string): number {
  return issues
    .filter((issue) => issue.title.includes(title))
    .reduce((sum, issue) => sum + Number(issue.count), 0);
}
