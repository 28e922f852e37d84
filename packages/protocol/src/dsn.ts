import { type ProjectId, type PublicKey, parseProjectId, parsePublicKey } from './ids.ts';

/** Where and as whom an SDK sends: `https://<public key>[:<secret>]@<host>[/<path>]/<project id>`. */
export interface Dsn {
  readonly protocol: 'http' | 'https';
  readonly publicKey: PublicKey;
  /** Host with port where one is given. */
  readonly host: string;
  /** What stands before the project id, without slashes at its ends; mostly ''. */
  readonly path: string;
  readonly projectId: ProjectId;
}

/** Parses a DSN; a secret is read over. */
export function parseDsn(value: unknown): Dsn | undefined {
  if (typeof value !== 'string' || value.length > 2_000 || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const publicKey = parsePublicKey(url.username);
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const projectId = parseProjectId(segments.pop());
  if (publicKey === undefined || projectId === undefined || url.host === '') return undefined;
  return {
    protocol: url.protocol === 'http:' ? 'http' : 'https',
    publicKey,
    host: url.host,
    path: segments.join('/'),
    projectId,
  };
}

/** The DSN as text. */
export function formatDsn(dsn: Dsn): string {
  return dsnOf(`${dsn.protocol}://${dsn.host}/${dsn.path}`, dsn.publicKey, dsn.projectId);
}

/** What an SDK is given: `https://<public key>@host/<project id>`. @param ingestUrl origin (or base URL) where SDKs reach ingest. */
export function dsnOf(ingestUrl: string, publicKey: string, projectId: number): string {
  const { protocol, host, pathname } = new URL(ingestUrl);
  const path = pathname.replace(/\/$/, '');
  return `${protocol}//${publicKey}@${host}${path}/${projectId}`;
}
