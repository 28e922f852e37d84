import { join } from 'node:path';
import { type LogConfig, logEnvironment } from '@culprit/event-log';
import { type FilesConfig, filesEnvironment } from '@culprit/files';
import { inheritedSocket, parseConfig } from '@culprit/runtime';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const MIB = 1024 * 1024;

const wholeNumber = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

const variables = z.object({
  DATABASE_URL: z.string(),
  CULPRIT_DATA: z.string().default('./data'),
  CULPRIT_HOST: z.string().default('127.0.0.1'),
  CULPRIT_INGEST_PORT: wholeNumber(8401, 0, 65_535),
  CULPRIT_INGEST_WORKERS: wholeNumber(2, 1, 64),
  CULPRIT_OPERATIONS_HOST: z.string().default('127.0.0.1'),
  CULPRIT_OPERATIONS_PORT: wholeNumber(0, 0, 65_535),
  CULPRIT_TRUSTED_PROXIES: z.string().default(''),
  CULPRIT_INGEST_MAX_ENVELOPE_BYTES: wholeNumber(64 * MIB, 1024, 512 * MIB),
  CULPRIT_INGEST_MAX_EVENT_BYTES: wholeNumber(MIB, 1024, 64 * MIB),
  CULPRIT_INGEST_MAX_ATTACHMENT_BYTES: wholeNumber(20 * MIB, 1024, 512 * MIB),
  CULPRIT_INGEST_MAX_INFLIGHT_BYTES: wholeNumber(256 * MIB, MIB, 16_384 * MIB),
  CULPRIT_INGEST_MAX_INFLIGHT_REQUESTS: wholeNumber(2_000, 1, 100_000),
  CULPRIT_INGEST_MIN_FREE_BYTES: wholeNumber(1024 * MIB, 0, Number.MAX_SAFE_INTEGER),
  CULPRIT_INGEST_SPOOL_MAX_BYTES: wholeNumber(8 * 1024 * MIB, MIB, Number.MAX_SAFE_INTEGER),
  CULPRIT_INGEST_HEADER_TIMEOUT_MS: wholeNumber(5_000, 100, 600_000),
  CULPRIT_INGEST_BODY_IDLE_MS: wholeNumber(10_000, 100, 600_000),
  CULPRIT_INGEST_REQUEST_TIMEOUT_MS: wholeNumber(120_000, 100, 3_600_000),
  CULPRIT_QUOTA_HARD_FACTOR: z.coerce.number().min(1).max(1_000).default(5),
});

/** All sizes in bytes, after decompression. */
export interface IngestLimits {
  readonly envelopeBytes: number;
  readonly eventBytes: number;
  readonly attachmentBytes: number;
  /** Bytes of bodies held at once by one worker. */
  readonly inflightBytes: number;
  readonly inflightRequests: number;
  /** With less free disk than this, nothing is accepted. */
  readonly minFreeBytes: number;
  /** Milliseconds for the request line and headers. */
  readonly headerTimeoutMs: number;
  /** Milliseconds without a byte of the body. */
  readonly bodyIdleMs: number;
  /** Milliseconds for the whole request to arrive. */
  readonly requestTimeoutMs: number;
}

export interface IngestConfig {
  readonly databaseUrl: string;
  readonly host: string;
  readonly port: number;
  /** Descriptor of a listening socket that is there already: then host and port do not count. */
  readonly socket: number | undefined;
  /** Where metrics and health are served: loopback, or a private network. */
  readonly operationsHost: string;
  readonly operationsPort: number;
  readonly workers: number;
  readonly log: LogConfig;
  /** Where records wait while Kafka is away, and how many bytes they may take. */
  readonly spool: { readonly folder: string; readonly maxBytes: number };
  readonly files: FilesConfig;
  readonly snapshotFile: string;
  readonly trustedProxies: readonly Cidr[];
  readonly limits: IngestLimits;
  /** Where errors beyond a quota are limited by 429 and not only shed, as a multiple of the quota. */
  readonly hardFactor: number;
}

export type Cidr = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Reads the environment. @throws ConfigError naming each variable that does not fit. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): IngestConfig {
  const values = parseConfig(variables.and(logEnvironment).and(filesEnvironment), env);
  return {
    databaseUrl: values.DATABASE_URL,
    host: values.CULPRIT_HOST,
    port: values.CULPRIT_INGEST_PORT,
    socket: inheritedSocket(env),
    operationsHost: values.CULPRIT_OPERATIONS_HOST,
    operationsPort: values.CULPRIT_OPERATIONS_PORT,
    workers: values.CULPRIT_INGEST_WORKERS,
    log: values.log,
    spool: {
      folder: join(values.CULPRIT_DATA, 'spool'),
      maxBytes: values.CULPRIT_INGEST_SPOOL_MAX_BYTES,
    },
    files: values.files,
    snapshotFile: join(values.CULPRIT_DATA, 'ingest', 'snapshot.json'),
    trustedProxies: parseCidrs(values.CULPRIT_TRUSTED_PROXIES),
    limits: {
      envelopeBytes: values.CULPRIT_INGEST_MAX_ENVELOPE_BYTES,
      eventBytes: values.CULPRIT_INGEST_MAX_EVENT_BYTES,
      attachmentBytes: values.CULPRIT_INGEST_MAX_ATTACHMENT_BYTES,
      inflightBytes: values.CULPRIT_INGEST_MAX_INFLIGHT_BYTES,
      inflightRequests: values.CULPRIT_INGEST_MAX_INFLIGHT_REQUESTS,
      minFreeBytes: values.CULPRIT_INGEST_MIN_FREE_BYTES,
      headerTimeoutMs: values.CULPRIT_INGEST_HEADER_TIMEOUT_MS,
      bodyIdleMs: values.CULPRIT_INGEST_BODY_IDLE_MS,
      requestTimeoutMs: values.CULPRIT_INGEST_REQUEST_TIMEOUT_MS,
    },
    hardFactor: values.CULPRIT_QUOTA_HARD_FACTOR,
  };
}

/** Comma-separated CIDRs or single addresses. @throws Error for one that is neither. */
export function parseCidrs(text: string): readonly Cidr[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      if (part.includes('/')) return ipaddr.parseCIDR(part);
      const address = ipaddr.process(part);
      return [address, address.kind() === 'ipv4' ? 32 : 128] as const;
    });
}
