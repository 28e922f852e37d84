import type { AllPorts } from './choose-ports.ts';
import type { LocalConfig } from './config.ts';
import type { DataFolder, RunFile } from './data-folder.ts';

/** What the services are told, but for the event log; over what the person has set. */
export function serviceEnvironment(parts: {
  readonly config: LocalConfig;
  readonly folder: DataFolder;
  readonly run: RunFile;
  readonly ports: AllPorts;
  /** Where Culprit's own errors go; undefined: nowhere. */
  readonly selfDsn: string | undefined;
}): Readonly<Record<string, string | undefined>> {
  const { config, folder, run, ports, selfDsn } = parts;
  return {
    ...config.env,
    DATABASE_URL: run.databaseUrl,
    CLICKHOUSE_URL: run.clickhouseUrl,
    CULPRIT_DATA: folder.path,
    CULPRIT_HOST: config.host,
    CULPRIT_PORT: String(ports.web),
    CULPRIT_INGEST_PORT: String(ports.ingest),
    CULPRIT_PUBLIC_URL: run.url,
    CULPRIT_INGEST_URL: run.ingestUrl,
    CULPRIT_LOG_LEVEL: config.logLevel,
    CULPRIT_SELF_DSN: selfDsn,
  };
}
