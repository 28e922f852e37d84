import { Counter, createRegistry, Gauge, Histogram, type Registry, type SelfReport } from '@culprit/runtime';

export interface WebMetrics {
  readonly registry: Registry;
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly refusedLogins: Counter<'reason'>;
}

/** Routes are labelled by their pattern, never by a path with ids. */
export function createWebMetrics(selfReport?: SelfReport): WebMetrics {
  const registry = createRegistry(selfReport);
  return {
    registry,
    requests: new Histogram({
      name: 'culprit_web_request_seconds',
      help: 'Time from a request of the HTTP API or of a page to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers: [registry],
    }),
    refusedLogins: new Counter({
      name: 'culprit_web_refused_logins_total',
      help: 'Logins refused: wrong (password or account) or throttled.',
      labelNames: ['reason'],
      registers: [registry],
    }),
  };
}

/** Migrations of this release that are not applied: one failed, or nobody ran them. Without an answer there is no figure. */
export function observeSchema(
  registry: Registry,
  read: () => Promise<readonly { readonly store: string; readonly pending: number }[]>,
): void {
  new Gauge({
    name: 'culprit_schema_pending_migrations',
    help: 'Migrations of this release that are not applied, by store.',
    labelNames: ['store'],
    registers: [registry],
    async collect() {
      this.reset();
      const stores = await read().catch(() => []); // PostgreSQL is away, which other figures tell
      for (const { store, pending } of stores) this.set({ store }, pending);
    },
  });
}
