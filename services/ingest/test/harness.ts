import { createHash } from 'node:crypto';
import { type EventLog, type NewRecord, partitionOf } from '@culprit/event-log';
import {
  decodeLogRecord,
  type LogRecord,
  type OutcomesRecordHeader,
  type PublicKey,
  parsePublicKey,
} from '@culprit/protocol';
import type { Ask, Grant } from '@culprit/quotas';
import { createRegistry, silentLogger } from '@culprit/runtime';
import { manualClock } from '@culprit/testkit';
import { OutcomeLedger } from '../accept/outcome-ledger.ts';
import { Admission } from '../admission.ts';
import { buildIngestApp } from '../app.ts';
import { type IngestLimits, parseCidrs } from '../config.ts';
import type { IngestContext, Keys, PayloadStore } from '../context.ts';
import { LeaseBook, type LeaseSource } from '../limits/lease-book.ts';
import { Limiter } from '../limits/limiter.ts';
import { createIngestMetrics } from '../metrics.ts';
import { KeyDirectory } from '../snapshot/key-directory.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { trustedProxies } from '../trusted-proxies.ts';

export const KEY = key('a');
export const OTHER_KEY = key('b');
export const REVOKED_KEY = key('c');
export const PICKY_KEY = key('d');
export const UNKNOWN_KEY = key('e');

function key(digit: string): PublicKey {
  const parsed = parsePublicKey(digit.repeat(32));
  if (parsed === undefined) throw new Error('32 hex digits are a key');
  return parsed;
}

/** Project 42 with an active and a revoked key, project 43 with its own, project 44 that takes browsers of shop.example only. */
export const SNAPSHOT: Snapshot = {
  format: 1,
  version: 7,
  taken_at: 0,
  projects: [
    { id: 42, organization_id: '1', status: 'active' },
    { id: 43, organization_id: '1', status: 'active' },
    { id: 44, organization_id: '1', status: 'active', allowed_domains: ['*.shop.example'] },
  ],
  keys: [
    { id: 1, project_id: 42, public_key: KEY, is_active: true },
    { id: 2, project_id: 43, public_key: OTHER_KEY, is_active: true },
    { id: 3, project_id: 42, public_key: REVOKED_KEY, is_active: false },
    { id: 4, project_id: 44, public_key: PICKY_KEY, is_active: true },
  ],
};

export const SMALL_LIMITS: IngestLimits = {
  envelopeBytes: 4 * 1024 * 1024,
  eventBytes: 1024 * 1024,
  attachmentBytes: 2 * 1024 * 1024,
  inflightBytes: 32 * 1024 * 1024,
  inflightRequests: 100,
  minFreeBytes: 0,
  headerTimeoutMs: 5_000,
  bodyIdleMs: 5_000,
  requestTimeoutMs: 30_000,
};

/** A log in memory: what is appended can be read, and it can be told to fail. */
export class MemoryLog implements Pick<EventLog, 'append'> {
  readonly appends: (readonly NewRecord[])[] = [];
  failure: Error | undefined;

  async append(records: readonly NewRecord[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    for (const record of records) partitionOf(record.key, 4);
    this.appends.push(records);
  }

  get records(): readonly LogRecord[] {
    return this.appends.flat().map((record) => decodeLogRecord(record.value));
  }
}

export class MemoryFiles implements PayloadStore {
  readonly files = new Map<string, Uint8Array>();

  async put(bytes: Uint8Array) {
    const sha1 = createHash('sha1').update(bytes).digest('hex');
    const name = `file-${this.files.size}`;
    this.files.set(name, bytes.slice());
    return { key: name, size: bytes.length, sha1 };
  }
}

/** Leases in memory; like the table in PostgreSQL, it can be away. */
export class MemoryLeases implements LeaseSource {
  readonly #leased = new Map<string, number>();
  isAway = false;

  async lease(asks: readonly Ask[]): Promise<readonly Grant[]> {
    if (this.isAway) throw new Error('PostgreSQL is away');
    return asks.map(({ id, window, amount, limit }) => {
      const key = `${id} ${window.start}`;
      const before = this.#leased.get(key) ?? 0;
      const granted = amount < 0 ? Math.max(amount, -before) : Math.max(0, Math.min(amount, limit - before));
      this.#leased.set(key, before + granted);
      return { amount: granted, leased: before + granted };
    });
  }

  async forgetBefore(): Promise<void> {}
}

/** The snapshot above, with settings for project 42. */
export function snapshotWith(settings: Readonly<Record<string, unknown>>): Snapshot {
  const projects = SNAPSHOT.projects.map((project) =>
    project.id === 42 ? { ...project, settings } : project,
  );
  return { ...SNAPSHOT, projects };
}

export interface TestIngest {
  readonly app: ReturnType<typeof buildIngestApp>;
  readonly context: IngestContext;
  readonly log: MemoryLog;
  readonly files: MemoryFiles;
  readonly clock: ReturnType<typeof manualClock>;
  readonly leases: LeaseBook;
  /** Outcomes appended so far, without their record. */
  outcomes(): Promise<readonly string[]>;
}

/** The whole app over a log and files in memory. */
export function testIngest(
  options: {
    readonly limits?: Partial<IngestLimits>;
    readonly keys?: Keys;
    readonly proxies?: string;
    readonly hardFactor?: number;
    readonly leaseSource?: LeaseSource;
  } = {},
): TestIngest {
  const clock = manualClock();
  const limits = { ...SMALL_LIMITS, ...options.limits };
  const log = new MemoryLog();
  const files = new MemoryFiles();
  const logger = silentLogger();
  const metrics = createIngestMetrics(createRegistry());
  const leases = new LeaseBook({ source: options.leaseSource ?? new MemoryLeases(), clock, logger, metrics });
  const context: IngestContext = {
    clock,
    logger,
    log,
    files,
    metrics,
    limits,
    outcomes: new OutcomeLedger({ log, clock, logger, metrics }),
    admission: new Admission(limits),
    limiter: new Limiter({ leases, clock, hardFactor: options.hardFactor ?? 5 }),
    keys: options.keys ?? fixedKeys(SNAPSHOT),
    isTrustedProxy: trustedProxies(parseCidrs(options.proxies ?? '')),
    onStoreFailure: () => {},
  };
  const app = buildIngestApp({ context, isReady: () => true, isDraining: () => false });
  return { app, context, log, files, clock, leases, outcomes: () => outcomesOf(context, log) };
}

async function outcomesOf(context: IngestContext, log: MemoryLog): Promise<readonly string[]> {
  await context.outcomes.flush();
  return appendedOutcomes(
    log,
    (project, { key_id, outcome, reason, category }) =>
      `${project}/${key_id} ${outcome} ${reason} ${category}`,
  );
}

/** Outcomes in a log as `what quantity`, summed: where a test takes longer than a second, one sum comes in several records. */
export function appendedOutcomes(
  log: MemoryLog,
  what: (project: number | string, outcome: OutcomesRecordHeader['outcomes'][number]) => string,
): readonly string[] {
  const sums = new Map<string, number>();
  for (const { header } of log.records) {
    if (header.kind !== 'outcomes') continue;
    for (const outcome of header.outcomes) {
      const name = what(header.project_id, outcome);
      sums.set(name, (sums.get(name) ?? 0) + outcome.quantity);
    }
  }
  return [...sums].map(([name, quantity]) => `${name} ${quantity}`).sort();
}

/** Keys that never change. */
export function fixedKeys(snapshot: Snapshot | undefined, trusted = true): Keys {
  return {
    directory: snapshot === undefined ? undefined : new KeyDirectory(snapshot),
    isTrusted: () => trusted,
    recheck: async () => {},
  };
}

export const AUTH = { 'x-sentry-auth': `Sentry sentry_version=7, sentry_client=test/1.0, sentry_key=${KEY}` };
export const EVENT_ID = '0123456789abcdef0123456789abcdef';

/** An envelope of the given items; an item without a length when its payload has no line feed. */
export function envelope(
  header: object,
  ...items: readonly (readonly [header: object, payload: string | Uint8Array])[]
): Buffer {
  const parts: Uint8Array[] = [Buffer.from(`${JSON.stringify(header)}\n`)];
  for (const [itemHeader, payload] of items) {
    const bytes = Buffer.from(payload);
    const withLength = { ...itemHeader, ...(bytes.includes(10) ? { length: bytes.length } : {}) };
    parts.push(Buffer.from(`${JSON.stringify(withLength)}\n`), bytes, Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}
