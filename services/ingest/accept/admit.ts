import type { IncomingHttpHeaders } from 'node:http';
import { type Auth, parseAuth, parseDsn, parseProjectId, type Refusal, refuse } from '@culprit/protocol';
import type { IngestContext, Keys } from '../context.ts';
import type { KeyEntry } from '../snapshot/key-directory.ts';
import { isAllowedOrigin, originOf } from './origin.ts';

/** What a request says about itself before its body is read. */
export interface Claim {
  /** The project segment of the path; undefined on the route that has none. */
  readonly project: string | undefined;
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

/** Reads the auth of the request line and headers; `auth` is absent when there is none. */
export function readAuth(claim: Claim): ReturnType<typeof parseAuth> {
  const { headers } = claim;
  if (claim.project !== undefined && !PROJECT_ID.test(claim.project)) {
    return refuse(400, 'bad project id', 'project_id');
  }
  return parseAuth({
    sentryAuth: single(headers['x-sentry-auth']),
    authorization: headers.authorization,
    query: claim.query,
  });
}

/** The auth that an envelope header brings, when the request had none. */
export function authOfDsn(text: string | undefined, claim: Claim): ReturnType<typeof parseAuth> {
  if (text === undefined) return missingAuth();
  const dsn = parseDsn(text);
  if (dsn === undefined) return refuse(401, 'bad envelope authentication header', 'auth_dsn');
  if (claim.project !== undefined && parseProjectId(claim.project) !== dsn.projectId) return dsnMismatch();
  return { ok: true, auth: { publicKey: dsn.publicKey, version: 7 } };
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
export async function admit(auth: Auth, claim: Claim, context: IngestContext): Promise<Admitted | Refusal> {
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
  if (
    origin !== undefined &&
    key.allowedDomains !== undefined &&
    !isAllowedOrigin(origin, key.allowedDomains)
  ) {
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

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}

const rejected = (why: string, reason: string): Refusal =>
  refuse(403, `event submission rejected with_reason: ${why}`, reason);
const dsnMismatch = (): Refusal =>
  refuse(400, 'dsn in envelope header does not match the request', 'dsn_mismatch');
export const missingAuth = (): Refusal => refuse(401, 'missing authorization information', 'auth_missing');
