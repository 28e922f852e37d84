import { setTimeout as delay } from 'node:timers/promises';
import { createFirstRun, ensureSelfProject, makeFirstRunSecrets } from '@culprit/accounts';
import { createDatabase } from '@culprit/postgres';
import { dsnOf } from '@culprit/protocol';
import { type Logger, systemClock } from '@culprit/runtime';
import type { DataFolder, FirstRunFile } from './data-folder.ts';

const PROBE_MS = 50;

export interface PreparedRun {
  /** Whether organization and account were made now. */
  readonly created: boolean;
  /** What stands in `first-run.json`. */
  readonly firstRun: FirstRunFile;
  /** Where the services send their own errors. */
  readonly selfDsn: string | undefined;
}

/**
 * Makes organization, project, account and token where there are none. The secrets are on disk before the database knows their hashes, so that
 * a crash in between loses none. Culprit's own project is made too, also in a folder that an older release made.
 */
export async function prepareFirstRun(options: {
  readonly folder: DataFolder;
  readonly databaseUrl: string;
  readonly url: string;
  readonly ingestUrl: string;
  /** Where ingest listens on this machine. */
  readonly ingestOrigin: string;
  /** What the installation is called in Culprit's own errors; undefined: they go nowhere. */
  readonly selfEnvironment: string | undefined;
  readonly logger: Logger;
}): Promise<PreparedRun> {
  const { folder, databaseUrl, url, ingestUrl, logger, selfEnvironment } = options;
  const secrets = await folder.secrets();
  const fresh = secrets.firstRun ?? makeFirstRunSecrets({ clock: systemClock, publicUrl: url });
  if (secrets.firstRun === undefined) await folder.saveSecrets({ ...secrets, firstRun: fresh });
  const database = createDatabase({ url: databaseUrl, applicationName: 'culprit-local', max: 2, logger });
  try {
    const run = await createFirstRun(database, { clock: systemClock, publicUrl: url, secrets: fresh });
    // The database has an organization that another data folder made: what was just invented opens nothing.
    const isForeign = !run.created && secrets.firstRun === undefined;
    if (isForeign) await folder.saveSecrets(secrets);
    const self =
      selfEnvironment === undefined
        ? undefined
        : await ensureSelfProject(database, { clock: systemClock, organizationId: run.organization.id });
    return {
      selfDsn: self === undefined ? undefined : dsnOf(options.ingestOrigin, self.publicKey, self.id),
      created: run.created,
      firstRun: {
        url,
        dsn: dsnOf(ingestUrl, run.publicKey, run.project.id),
        organization: run.organization.slug,
        project: run.project.slug,
        email: run.email,
        password: isForeign ? null : run.password,
        token: isForeign ? null : run.token,
      },
    };
  } finally {
    await database.close();
  }
}

/** Takes the way of any event up to the log, and leaves nothing: neither a record nor an outcome. */
const PROBE = '{}\n{"type":"client_report"}\n{"discarded_events":[]}\n';

/**
 * Resolves when ingest takes what is sent to this DSN.
 *
 * @param origin where ingest listens; the DSN's own host may be a proxy that is not there yet.
 */
export async function waitUntilAccepted(dsn: string, origin: string, signal: AbortSignal): Promise<void> {
  const { username: publicKey, pathname } = new URL(dsn);
  const project = pathname.slice(pathname.lastIndexOf('/') + 1);
  const url = `${origin}/api/${project}/envelope/?sentry_key=${publicKey}&sentry_version=7`;
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { method: 'POST', body: PROBE, signal });
      await response.arrayBuffer();
      if (response.status === 200) return;
    } catch {
      // Not listening yet; a process that dies is started again by its part.
    }
    await delay(PROBE_MS, undefined, { signal }).catch(() => {});
  }
}
