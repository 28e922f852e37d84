import { parseConfig } from '@culprit/runtime';
import { z } from 'zod';

const environment = z.object({
  DATABASE_URL: z.string(),
  CLICKHOUSE_URL: z.string(),
  CULPRIT_OPERATIONS_HOST: z.string().default('127.0.0.1'),
  CULPRIT_OPERATIONS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
  CULPRIT_PORT: z.coerce.number().int().default(8400),
  CULPRIT_PUBLIC_URL: z.string().optional(),
  CULPRIT_ALERTS_WINDOW_SECONDS: z.coerce.number().min(0).max(60).default(20),
  CULPRIT_ALERTS_ALLOW_PRIVATE: z.enum(['0', '1']).default('0'),
  CULPRIT_SMTP_URL: z.string().optional(),
  CULPRIT_SMTP_FROM: z.string().default('culprit@localhost'),
});

export interface AlertsConfig {
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  /** Where metrics and health are served: loopback, or a private network. */
  readonly operationsHost: string;
  readonly operationsPort: number;
  /** Origin of the pages, for links; no slash at the end. */
  readonly publicUrl: string;
  /** How long new issues of one deploy are collected before the message goes out, milliseconds. */
  readonly windowMs: number;
  /** Webhooks may go to loopback and private networks. */
  readonly allowPrivate: boolean;
  readonly smtp: { readonly url: string; readonly from: string } | undefined;
}

/** The alerts service's configuration. @throws ConfigError naming what does not fit. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): AlertsConfig {
  const values = parseConfig(environment, env);
  return {
    databaseUrl: values.DATABASE_URL,
    clickhouseUrl: values.CLICKHOUSE_URL,
    operationsHost: values.CULPRIT_OPERATIONS_HOST,
    operationsPort: values.CULPRIT_OPERATIONS_PORT,
    publicUrl: (values.CULPRIT_PUBLIC_URL ?? `http://127.0.0.1:${values.CULPRIT_PORT}`).replace(/\/+$/, ''),
    windowMs: values.CULPRIT_ALERTS_WINDOW_SECONDS * 1000,
    allowPrivate: values.CULPRIT_ALERTS_ALLOW_PRIVATE === '1',
    smtp:
      values.CULPRIT_SMTP_URL === undefined
        ? undefined
        : { url: values.CULPRIT_SMTP_URL, from: values.CULPRIT_SMTP_FROM },
  };
}
