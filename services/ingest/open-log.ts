import { hostname } from 'node:os';
import { type EventLog, openConfiguredLog, type SpooledEventLog, withSpool } from '@culprit/event-log';
import type { Database } from '@culprit/postgres';
import type { Logger, Registry } from '@culprit/runtime';
import type { IngestConfig } from './config.ts';
import { observeSpool } from './metrics.ts';
import { insertRefusedRecord } from './store/refused-records.ts';

/** What is not acknowledged by then goes to the spool: an SDK waits for the answer. */
const DELIVERY_TIMEOUT_MS = 2_500;

/**
 * The log that events are appended to. Kafka gets a spool in front of it, so that ingest answers 200 while it is away; what Kafka refuses becomes a dead
 * letter. The database is not on the way of a request.
 */
export async function openIngestLog(
  config: IngestConfig,
  parts: { readonly database: Database; readonly registry: Registry; readonly logger: Logger },
): Promise<EventLog> {
  const { database, registry, logger } = parts;
  const { minFreeBytes } = config.limits;
  const log = await openConfiguredLog(config.log, {
    minimumFreeBytes: minFreeBytes,
    opensWithoutBrokers: true,
    deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
    clientId: 'culprit-ingest',
    logger,
  });
  if (config.log.mode !== 'kafka') return log;
  const spooled: SpooledEventLog = await withSpool(log, {
    folder: config.spool.folder,
    maxBytes: config.spool.maxBytes,
    minimumFreeBytes: minFreeBytes,
    keepRefused: (record) => insertRefusedRecord(database, hostname(), record, new Date()),
    onError: (err) => logger.warn({ err }, 'records wait in the spool'),
  });
  observeSpool(registry, () => spooled.figures());
  return spooled;
}
