import type { SpoolFigures } from '@culprit/event-log';
import { Counter, Gauge, Histogram, type Registry } from '@culprit/runtime';

export interface IngestMetrics {
  readonly requests: Counter<'route' | 'status'>;
  readonly requestSeconds: Histogram<'route' | 'status'>;
  readonly wireBytes: Counter;
  readonly bodyBytes: Counter;
  readonly appendSeconds: Histogram;
  readonly appendFailures: Counter<'code'>;
  readonly outcomes: Counter<'outcome' | 'category' | 'reason'>;
  readonly refused: Counter<'reason'>;
  readonly aborted: Counter;
  readonly leases: Counter;
  readonly leaseFailures: Counter;
}

/** Declares the metrics of one worker. */
export function createIngestMetrics(registry: Registry): IngestMetrics {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'culprit_ingest_requests_total',
      help: 'Requests answered, by route and status class.',
      labelNames: ['route', 'status'],
      registers,
    }),
    requestSeconds: new Histogram({
      name: 'culprit_ingest_request_seconds',
      help: 'Time from the head of a request to the end of its answer, by route and status class.',
      labelNames: ['route', 'status'],
      // 0.2 is the bound of the promise about p95.
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    wireBytes: new Counter({
      name: 'culprit_ingest_wire_bytes_total',
      help: 'Bytes of request bodies as received.',
      registers,
    }),
    bodyBytes: new Counter({
      name: 'culprit_ingest_body_bytes_total',
      help: 'Bytes of request bodies after decompression.',
      registers,
    }),
    appendSeconds: new Histogram({
      name: 'culprit_ingest_append_seconds',
      help: 'Time from the call until the records of a request are durable in the event log.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    appendFailures: new Counter({
      name: 'culprit_ingest_append_failures_total',
      help: 'Appends that the event log refused or could not make durable, by code.',
      labelNames: ['code'],
      registers,
    }),
    outcomes: new Counter({
      name: 'culprit_ingest_outcomes_total',
      help: 'Items that were not stored, by outcome, category and reason (bytes for category attachment).',
      labelNames: ['outcome', 'category', 'reason'],
      registers,
    }),
    refused: new Counter({
      name: 'culprit_ingest_refused_total',
      help: 'Requests refused as a whole, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    aborted: new Counter({
      name: 'culprit_ingest_aborted_total',
      help: 'Requests whose client went away before the body was complete.',
      registers,
    }),
    leases: new Counter({
      name: 'culprit_ingest_quota_leases_total',
      help: 'Portions of quotas that PostgreSQL was asked for.',
      registers,
    }),
    leaseFailures: new Counter({
      name: 'culprit_ingest_quota_lease_failures_total',
      help: 'Times that PostgreSQL did not answer a wish for portions of quotas.',
      registers,
    }),
  };
}

/** Gauges that are read when somebody looks. */
export function observeWorker(
  registry: Registry,
  read: {
    readonly inflightRequests: () => number;
    readonly inflightBytes: () => number;
    /** Milliseconds; undefined without a snapshot. */
    readonly snapshotAgeMs: () => number | undefined;
    readonly keys: () => number;
    /** Undefined until it was looked at. */
    readonly freeDiskBytes: () => number | undefined;
  },
): void {
  const registers = [registry];
  new Gauge({
    name: 'culprit_ingest_inflight_requests',
    help: 'Requests being read or appended.',
    registers,
    collect() {
      this.set(read.inflightRequests());
    },
  });
  new Gauge({
    name: 'culprit_ingest_inflight_bytes',
    help: 'Bytes of request bodies held in memory.',
    registers,
    collect() {
      this.set(read.inflightBytes());
    },
  });
  new Gauge({
    name: 'culprit_ingest_snapshot_age_seconds',
    help: 'Time since keys and settings were last known to be the newest; -1 without a snapshot. The oldest of the workers.',
    registers,
    aggregator: 'max',
    collect() {
      const age = read.snapshotAgeMs();
      this.set(age === undefined ? -1 : age / 1000);
    },
  });
  new Gauge({
    name: 'culprit_ingest_snapshot_keys',
    help: 'Keys in the snapshot.',
    registers,
    aggregator: 'max',
    collect() {
      this.set(read.keys());
    },
  });
  new Gauge({
    name: 'culprit_ingest_disk_free_bytes',
    help: 'Free bytes on the disk of the event log, or of the files where the log is Kafka; -1 while not known.',
    registers,
    aggregator: 'max',
    collect() {
      this.set(read.freeDiskBytes() ?? -1);
    },
  });
}

/** The spool in front of Kafka. What lies in it belongs to the machine, so the workers' figures are not added up. */
export function observeSpool(registry: Registry, read: () => Promise<SpoolFigures>): void {
  const registers = [registry];
  const gauge = (
    name: string,
    help: string,
    aggregator: 'max' | 'sum',
    of: (figures: SpoolFigures) => number,
  ) =>
    new Gauge({
      name,
      help,
      registers,
      aggregator,
      async collect() {
        this.set(of(await read()));
      },
    });
  const perMachine = 'of all workers of this machine';
  gauge(
    'culprit_ingest_spool_records',
    `Records that wait for Kafka in the spool, ${perMachine}.`,
    'max',
    ({ waiting }) => waiting,
  );
  gauge(
    'culprit_ingest_spool_bytes',
    `Disk space of the spool's files, ${perMachine}.`,
    'max',
    ({ bytes }) => bytes,
  );
  gauge(
    'culprit_ingest_spool_refused_records',
    `Records that Kafka has refused and that are not dead letters in the database yet, ${perMachine}.`,
    'max',
    ({ refused }) => refused,
  );
  gauge(
    'culprit_ingest_kafka_partitions_away',
    'Partitions of the log that take no records, as far as a worker knows.',
    'max',
    ({ partitionsAway }) => partitionsAway,
  );
  const counter = (name: string, help: string, of: (figures: SpoolFigures) => number) => {
    let last = 0;
    new Counter({
      name,
      help,
      registers,
      async collect() {
        const total = of(await read());
        this.inc(total - last);
        last = total;
      },
    });
  };
  counter(
    'culprit_ingest_spooled_total',
    'Records that were put into the spool.',
    ({ spooledTotal }) => spooledTotal,
  );
  counter(
    'culprit_ingest_forwarded_total',
    'Records that were forwarded from the spool to Kafka.',
    ({ forwardedTotal }) => forwardedTotal,
  );
  counter(
    'culprit_ingest_log_refused_total',
    'Records that Kafka has refused for good.',
    ({ refusedTotal }) => refusedTotal,
  );
}

/** What the parent itself knows. */
export function observeWorkers(registry: Registry, serving: () => number): void {
  new Gauge({
    name: 'culprit_ingest_workers',
    help: 'Worker processes that answer requests.',
    registers: [registry],
    collect() {
      this.set(serving());
    },
  });
}
