import type { IncomingHttpHeaders } from 'node:http';
import {
  type Auth,
  type AuthResult,
  type PublicKey,
  parseAuth,
  parseDsn,
  parseProjectId,
  type Refusal,
  refuse,
} from '@culprit/protocol';
import type { IngestContext, Keys } from '../context.ts';
import type { KeyEntry } from '../snapshot/key-directory.ts';
import { isAllowedOrigin, originOf } from './origin.ts';

/** What a request says about itself before its body is read. */
export interface Claim {
  /** The project segment of the path; undefined on the route that has none. */
  readonly project: string | undefined;
  /** The key segment of the path, on routes that have one. */
  readonly pathKey?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Raw query string. */
  readonly query: string;
}

/** A sender whose key, project and origin are good. */
export interface Admitted {
  readonly ok: true;
  readonly key: KeyEntry;
  readonly auth: Auth;
  readonly origin: string | undefined;
}

const PROJECT_ID = /^[0-9]{1,20}$/;
const MAX_PROJECT_ID = 2n ** 64n - 1n;

/** Admits a request that has to say who sends it before its body is read. */
export async function admitRequest(claim: Claim, context: IngestContext): Promise<Admitted | Refusal> {
  return (await admitByRequest(claim, context)) ?? missingAuth();
}

/** The same; undefined when the request says nothing about its sender. */
export async function admitByRequest(
  claim: Claim,
  context: IngestContext,
): Promise<Admitted | Refusal | undefined> {
  const read = readAuth(claim);
  if (read.ok) return read.auth === undefined ? undefined : admit(read.auth, claim, context);
  if (read.publicKey !== undefined) countRefusedAuth(read, read.publicKey, claim, context);
  return read;
}

/** Counts a request whose key is good but whose auth is not. */
function countRefusedAuth(
  refusal: Refusal,
  publicKey: PublicKey,
  claim: Claim,
  { keys, outcomes }: IngestContext,
): void {
  const key = keys.directory?.find(publicKey);
  if (key !== undefined && checkKey(key, keys, claim) === undefined) {
    outcomes.add(key, 'invalid', refusal.reason, 'default', 1);
  }
}

/** Reads the auth of the request line and headers; `auth` is absent when there is none. */
function readAuth(claim: Claim): AuthResult {
  const { headers } = claim;
  if (claim.project !== undefined && !isProjectId(claim.project)) {
    return refuse(400, 'bad project id', 'project_id');
  }
  return parseAuth({
    sentryAuth: single(headers['x-sentry-auth']),
    authorization: headers.authorization,
    query: claim.query,
    pathKey: claim.pathKey,
  });
}

/** Admits by the auth that an envelope header brings, when the request had none. */
export async function admitByDsn(
  text: string | undefined,
  claim: Claim,
  context: IngestContext,
): Promise<Admitted | Refusal> {
  if (text === undefined) return missingAuth();
  const dsn = parseDsn(text);
  if (dsn === undefined) return badEnvelopeAuth();
  if (claim.project !== undefined && parseProjectId(claim.project) !== dsn.projectId) return dsnMismatch();
  return admit({ publicKey: dsn.publicKey, version: 7 }, claim, context);
}

/** An envelope's own DSN must not name somebody else than the request does. */
export function checkDsn(text: string | undefined, admitted: Admitted): Refusal | undefined {
  if (text === undefined) return undefined;
  const dsn = parseDsn(text);
  if (dsn === undefined) return refuse(400, 'bad dsn in envelope header', 'invalid_envelope');
  const same = dsn.projectId === admitted.key.projectId && dsn.publicKey === admitted.auth.publicKey;
  return same ? undefined : dsnMismatch();
}

/** Checks key, project and origin against the snapshot. */
async function admit(auth: Auth, claim: Claim, context: IngestContext): Promise<Admitted | Refusal> {
  const { keys } = context;
  let key = keys.directory?.find(auth.publicKey);
  // A key that was just made or just enabled may be missing here for a second or two. Not asked under load.
  if (key?.isActive !== true && !context.admission.isBusy) {
    await keys.recheck();
    key = keys.directory?.find(auth.publicKey);
  }
  const refusal = checkKey(key, keys, claim);
  if (refusal !== undefined || key === undefined) return refusal ?? rejected('ProjectId', 'project_id');
  const origin = originOf(claim.headers);
  if (origin !== undefined && !isAllowedOrigin(origin, key.settings.allowedDomains)) {
    context.outcomes.add(key, 'invalid', 'cors', 'default', 1);
    return rejected('Cors', 'cors');
  }
  return { ok: true, key, auth, origin };
}

function checkKey(key: KeyEntry | undefined, keys: Keys, claim: Claim): Refusal | undefined {
  if (keys.directory === undefined) return refuse(503, 'no project configuration yet', 'no_snapshot');
  if (!keys.isTrusted()) {
    return refuse(403, 'project configuration was not confirmed for 24 hours', 'stale_snapshot');
  }
  const isOwn = claim.project === undefined || Number(claim.project) === key?.projectId;
  return key?.isActive === true && isOwn ? undefined : rejected('ProjectId', 'project_id');
}

/** An unsigned number of 64 bits, as SDKs have it; ours are smaller. */
function isProjectId(text: string): boolean {
  return PROJECT_ID.test(text) && (text.length < 20 || BigInt(text) <= MAX_PROJECT_ID);
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}

const rejected = (why: string, reason: string): Refusal =>
  refuse(403, `event submission rejected with_reason: ${why}`, reason);
const dsnMismatch = (): Refusal =>
  refuse(400, 'dsn in envelope header does not match the request', 'dsn_mismatch');
/** An envelope whose header is needed to know the sender and cannot be read. */
export const badEnvelopeAuth = (): Refusal => refuse(401, 'bad envelope authentication header', 'auth_dsn');
export const missingAuth = (): Refusal => refuse(401, 'missing authorization information', 'auth_missing');
