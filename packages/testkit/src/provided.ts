/** What the global setup hands to test files: addresses of the shared stores. */
export interface ProvidedStores {
  /** Superuser on the shared PostgreSQL; its database is not for tests. */
  readonly postgresUrl: string;
  /** Name of the migrated database that tests get clones of. */
  readonly templateDatabase: string;
  readonly clickhouseUrl: string;
  /** Answers a GET with the addresses of the shared Kafka, which it starts at the first one. */
  readonly kafkaStarterUrl: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    culpritStores: ProvidedStores;
  }
}
