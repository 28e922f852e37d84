import { setTimeout as delay } from 'node:timers/promises';
import { createFirstRun, dsnOf, makeFirstRunSecrets } from '@culprit/accounts';
import { createDatabase } from '@culprit/postgres';
import { type Logger, systemClock } from '@culprit/runtime';
import type { DataFolder, FirstRunFile } from './data-folder.ts';

const PROBE_MS = 50;

/**
 * Makes organization, project, account and token where there are none. The secrets are on disk before the database knows their hashes, so that
 * a crash in between loses none.
 *
 * @returns whether they were made now, and what stands in `first-run.json`.
 */
export async function prepareFirstRun(options: {
  readonly folder: DataFolder;
  readonly databaseUrl: string;
  readonly url: string;
  readonly ingestUrl: string;
  readonly logger: Logger;
}): Promise<{ readonly created: boolean; readonly firstRun: FirstRunFile }> {
  const { folder, databaseUrl, url, ingestUrl, logger } = options;
  const secrets = await folder.secrets();
  const fresh = secrets.firstRun ?? makeFirstRunSecrets({ clock: systemClock, publicUrl: url });
  if (secrets.firstRun === undefined) await folder.saveSecrets({ ...secrets, firstRun: fresh });
  const database = createDatabase({ url: databaseUrl, applicationName: 'culprit-local', max: 2, logger });
  try {
    const run = await createFirstRun(database, { clock: systemClock, publicUrl: url, secrets: fresh });
    // The database has an organization that another data folder made: what was just invented opens nothing.
    const isForeign = !run.created && secrets.firstRun === undefined;
    if (isForeign) await folder.saveSecrets(secrets);
    return {
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

/**
 * Resolves when ingest takes what is sent to this DSN. Asks with an envelope without items: it is accepted and stores nothing.
 *
 * @param origin where ingest listens; the DSN's own host may be a proxy that is not there yet.
 */
export async function waitUntilAccepted(dsn: string, origin: string, signal: AbortSignal): Promise<void> {
  const { username: publicKey, pathname } = new URL(dsn);
  const project = pathname.slice(pathname.lastIndexOf('/') + 1);
  const url = `${origin}/api/${project}/envelope/?sentry_key=${publicKey}&sentry_version=7`;
  while (!signal.aborted) {
    try {
      const response = await fetch(url, { method: 'POST', body: '{}\n', signal });
      await response.arrayBuffer();
      if (response.status === 200) return;
    } catch {
      // Not listening yet; a process that dies is started again by its part.
    }
    await delay(PROBE_MS, undefined, { signal }).catch(() => {});
  }
}
