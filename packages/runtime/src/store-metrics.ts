import { Counter, Gauge, type Registry } from 'prom-client';

/** What `Database.statistics` and `ClickHouse.statistics` tell; this package knows neither. */
export interface ObservedStores {
  readonly postgres?: {
    statistics(): {
      readonly open: number;
      readonly idle: number;
      readonly waiting: number;
      readonly retries: number;
      readonly errors: ReadonlyMap<string, number>;
    };
  };
  readonly clickhouse?: {
    statistics(): {
      readonly requests: number;
      readonly seconds: number;
      readonly errors: ReadonlyMap<string, number>;
    };
  };
}

/** Declares pool use, retries and errors of the stores that a process talks to; read when somebody looks. */
export function observeStores(registry: Registry, { postgres, clickhouse }: ObservedStores): void {
  if (postgres !== undefined) observePostgres(registry, postgres);
  if (clickhouse !== undefined) observeClickHouse(registry, clickhouse);
  new Counter({
    name: 'culprit_store_errors_total',
    help: 'Statements that a store refused or did not answer, by store and code (an SQLSTATE, a number of ClickHouse, or connection).',
    labelNames: ['store', 'code'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [store, observed] of Object.entries({ postgres, clickhouse })) {
        // The most telling code is there from the start: an alert needs its first increase.
        this.inc({ store, code: 'connection' }, 0);
        for (const [code, count] of observed?.statistics().errors ?? []) this.inc({ store, code }, count);
      }
    },
  });
}

function observePostgres(registry: Registry, postgres: NonNullable<ObservedStores['postgres']>): void {
  const registers = [registry];
  new Gauge({
    name: 'culprit_postgres_connections',
    help: 'Connections to PostgreSQL, by whether somebody uses them.',
    labelNames: ['state'],
    registers,
    collect() {
      const { open, idle } = postgres.statistics();
      this.set({ state: 'busy' }, open - idle);
      this.set({ state: 'idle' }, idle);
    },
  });
  new Gauge({
    name: 'culprit_postgres_waiting',
    help: 'Callers that wait for a connection of the pool.',
    registers,
    collect() {
      this.set(postgres.statistics().waiting);
    },
  });
  new Counter({
    name: 'culprit_postgres_retries_total',
    help: 'Transactions that were run again after a deadlock, a lock timeout or a serialization failure.',
    registers,
    collect() {
      this.reset();
      this.inc(postgres.statistics().retries);
    },
  });
}

function observeClickHouse(registry: Registry, clickhouse: NonNullable<ObservedStores['clickhouse']>): void {
  const registers = [registry];
  new Counter({
    name: 'culprit_clickhouse_requests_total',
    help: 'Statements sent to ClickHouse.',
    registers,
    collect() {
      this.reset();
      this.inc(clickhouse.statistics().requests);
    },
  });
  new Counter({
    name: 'culprit_clickhouse_request_seconds_total',
    help: 'Time that statements sent to ClickHouse took together.',
    registers,
    collect() {
      this.reset();
      this.inc(clickhouse.statistics().seconds);
    },
  });
}
