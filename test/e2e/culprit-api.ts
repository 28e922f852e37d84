import {
  deploySchema,
  type Issue,
  issueSchema,
  newAlertChannelSchema,
  type Person,
  personSchema,
  type Stats,
  statsSchema,
} from '@culprit/api';
import type { NormalizedEvent } from '@culprit/protocol';
import { eventually } from '@culprit/testkit';
import { z } from 'zod';

const PATIENCE_MS = 60_000;

/** The public API, with the token of the first run. Answers are checked against the schemas that the pages use. */
export class CulpritApi {
  readonly #url: string;
  readonly #token: string;
  readonly #organization: string;
  readonly #project: string;

  constructor(facts: {
    readonly url: string;
    readonly token: string;
    readonly organization: string;
    readonly project: string;
  }) {
    this.#url = facts.url;
    this.#token = facts.token;
    this.#organization = `/api/0/organizations/${facts.organization}/`;
    this.#project = `/api/0/projects/${facts.organization}/${facts.project}/`;
  }

  /** Creates the release and says that it is live now. */
  async deploy(version: string, environment: string): Promise<z.infer<typeof deploySchema>> {
    const release = `${this.#organization}releases/`;
    const projects = [this.#project.split('/').at(-2)];
    await this.#request('POST', release, { version, projects });
    const path = `${release}${encodeURIComponent(version)}/deploys/`;
    return deploySchema.parse(await this.#request('POST', path, { environment, projects }));
  }

  /** @returns the secret that signs what is sent to `target`. */
  async addWebhook(target: string): Promise<string> {
    const path = `${this.#organization}alert-channels/`;
    const channel = await this.#request('POST', path, { kind: 'webhook', target });
    return newAlertChannelSchema.parse(channel).secret ?? '';
  }

  async issues(query = ''): Promise<readonly Issue[]> {
    const path = `${this.#organization}issues/?query=${encodeURIComponent(query)}`;
    return z.array(issueSchema).parse(await this.#request('GET', path));
  }

  /** The one issue with this in its title, once it has `count` events. */
  issue(title: string, count = 1): Promise<Issue> {
    return eventually(
      `an issue with ${title} and ${count} events`,
      async () =>
        (await this.issues()).find((issue) => issue.title.includes(title) && issue.count === String(count)),
      { timeoutMs: PATIENCE_MS },
    );
  }

  /** The stored event. */
  storedEvent(eventId: string): Promise<NormalizedEvent> {
    const path = `${this.#project}events/${eventId}/json/`;
    return eventually(
      `the stored event ${eventId}`,
      async () => (await this.#request('GET', path)) as NormalizedEvent,
      { timeoutMs: PATIENCE_MS },
    );
  }

  async person(query: string): Promise<Person> {
    const path = `${this.#organization}people/?query=${encodeURIComponent(query)}`;
    return personSchema.parse(await this.#request('GET', path));
  }

  /** Quantities of errors by `outcome/reason`. */
  async outcomesOfErrors(): Promise<Readonly<Record<string, number>>> {
    const path = `${this.#organization}stats_v2/?field=sum(quantity)&groupBy=outcome&groupBy=reason&category=error&statsPeriod=1h`;
    const stats: Stats = statsSchema.parse(await this.#request('GET', path));
    return Object.fromEntries(
      stats.groups.map(({ by, totals }) => [
        [by.outcome, by.reason].filter((part) => part !== '').join('/'),
        totals['sum(quantity)'] ?? 0,
      ]),
    );
  }

  async #request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return JSON.parse(text);
  }
}
