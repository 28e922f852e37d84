import { join, resolve } from 'node:path';
import { type LogConfig, logEnvironment } from '@culprit/event-log';
import { type FilesConfig, filesEnvironment } from '@culprit/files';
import { inheritedSocket, parseConfig } from '@culprit/runtime';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const origin = z
  .url({ protocol: /^https?$/ })
  .refine((text) => new URL(text).pathname === '/', 'must have no path');

const variables = z.object({
  DATABASE_URL: z.string(),
  CLICKHOUSE_URL: z.string(),
  CULPRIT_DATA: z.string().default('./data'),
  CULPRIT_HOST: z.string().default('127.0.0.1'),
  CULPRIT_PORT: port.default(8400),
  CULPRIT_INGEST_PORT: port.default(8401),
  CULPRIT_PUBLIC_URL: origin.optional(),
  CULPRIT_INGEST_URL: origin.optional(),
  CULPRIT_TRUSTED_PROXIES: z.string().default(''),
  CULPRIT_OPERATIONS_HOST: z.string().default('127.0.0.1'),
  CULPRIT_OPERATIONS_PORT: port.default(0),
});

export interface WebConfig {
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  /** Absolute. */
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  /** Descriptor of a listening socket that is there already: then host and port do not count. */
  readonly socket: number | undefined;
  /** Where metrics and health are served: loopback, or a private network. */
  readonly operationsHost: string;
  readonly operationsPort: number;
  /** Origin where people and API clients reach this service, no slash at the end. */
  readonly publicUrl: string;
  /** Origin where SDKs reach ingest: the public URL where one is set (one host name serves both), else ingest's own port. */
  readonly ingestUrl: string;
  /** Addresses or CIDR blocks whose `X-Forwarded-*` is believed. */
  readonly trustedProxies: readonly string[];
  readonly log: LogConfig;
  readonly files: FilesConfig;
}

/** @throws ConfigError */
export function readConfig(env: Readonly<Record<string, string | undefined>>): WebConfig {
  const values = parseConfig(variables.and(logEnvironment).and(filesEnvironment), env);
  const host =
    values.CULPRIT_HOST === '0.0.0.0' || values.CULPRIT_HOST === '::' ? '127.0.0.1' : values.CULPRIT_HOST;
  const named = host.includes(':') ? `[${host}]` : host;
  return {
    databaseUrl: values.DATABASE_URL,
    clickhouseUrl: values.CLICKHOUSE_URL,
    dataFolder: resolve(values.CULPRIT_DATA),
    host: values.CULPRIT_HOST,
    port: values.CULPRIT_PORT,
    socket: inheritedSocket(env),
    operationsHost: values.CULPRIT_OPERATIONS_HOST,
    operationsPort: values.CULPRIT_OPERATIONS_PORT,
    publicUrl: new URL(values.CULPRIT_PUBLIC_URL ?? `http://${named}:${values.CULPRIT_PORT}`).origin,
    ingestUrl: new URL(
      values.CULPRIT_INGEST_URL ??
        values.CULPRIT_PUBLIC_URL ??
        `http://${named}:${values.CULPRIT_INGEST_PORT}`,
    ).origin,
    trustedProxies: values.CULPRIT_TRUSTED_PROXIES.split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
    log: values.log,
    files: values.files,
  };
}

/** Where Vite puts the built pages. */
export const CLIENT_FOLDER = join(import.meta.dirname, 'client', 'dist');
