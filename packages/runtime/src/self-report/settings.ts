import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseDsn } from '@culprit/protocol';
import { SelfReport } from './self-report.ts';

/** Version of Culprit as it is installed: that of the repository's or the release's `package.json`. */
export function ownVersion(): string {
  const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version?: unknown };
  return typeof version === 'string' ? version : 'unknown';
}

/**
 * The reporter that the environment asks for: `CULPRIT_SELF_DSN` says where to, `CULPRIT_SELF_ENVIRONMENT` (default `production`) what the
 * installation is called, and `CULPRIT_SELF_REPORT=off` that nothing is sent.
 */
export function selfReportOf(
  service: string,
  env: Readonly<Record<string, string | undefined>>,
): SelfReport | undefined {
  const dsn = env.CULPRIT_SELF_REPORT === 'off' ? undefined : parseDsn(env.CULPRIT_SELF_DSN);
  if (dsn === undefined) return undefined;
  const environment = env.CULPRIT_SELF_ENVIRONMENT;
  return new SelfReport({
    dsn,
    service,
    release: `culprit@${ownVersion()}`,
    environment: environment === undefined || environment === '' ? 'production' : environment,
    serverName: hostname(),
  });
}
