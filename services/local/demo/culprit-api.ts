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

  /** Resolves to all issues once one of them has this in its title. */
  async waitForIssue(title: string): Promise<readonly DemoIssue[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const issues = issuesSchema.parse(await this.#request('GET', 'issues/?query=&limit=100'));
      if (issues.some((issue) => issue.title.includes(title))) return issues;
      if (performance.now() > deadline)
        throw new Error(`no issue with ${title} after ${PATIENCE_MS / 1000} s`);
      await delay(250);
    }
  }

  personLink(query: string): string {
    return `${this.#url}/people?query=${encodeURIComponent(query)}`;
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
