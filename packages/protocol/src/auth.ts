import { type PublicKey, parsePublicKey } from './ids.ts';
import { type Refusal, refuse } from './refusal.ts';

/** Who sends: what the request says about itself. */
export interface Auth {
  readonly publicKey: PublicKey;
  /** Protocol version, 1 … 7. */
  readonly version: number;
  /** `name/version` of the SDK. */
  readonly client?: string;
}

/** Places of a request that may carry auth, as received. */
export interface AuthSources {
  readonly sentryAuth?: string | undefined;
  readonly authorization?: string | undefined;
  /** Raw query string without the question mark. */
  readonly query?: string | undefined;
  /** The segment of the path that names the key, on routes that have one. */
  readonly pathKey?: string | undefined;
}

/** `auth` is absent when no source holds any. */
export type AuthResult = { readonly ok: true; readonly auth?: Auth } | AuthRefusal;

/** A refusal of a sender that may be known all the same: with a key there is somebody to count it for. */
export interface AuthRefusal extends Refusal {
  readonly publicKey?: PublicKey;
}

const NEWEST_VERSION = 7;
const MAX_CLIENT_LENGTH = 256;

/**
 * Reads the auth of a request. A header that is not of the scheme `Sentry` (or Basic with a public key as user) is ignored, and several
 * sources are fine as long as they name the same key: a CSP report URL carries the key, and some SDKs add the header on top.
 */
export function parseAuth(sources: AuthSources): AuthResult {
  let auth: Auth | undefined;
  for (const fields of [
    sources.sentryAuth === undefined ? undefined : headerFields(sources.sentryAuth),
    sources.authorization === undefined ? undefined : headerFields(sources.authorization),
    sources.query === undefined ? undefined : queryFields(sources.query),
    sources.pathKey === undefined ? undefined : { key: sources.pathKey, required: true },
  ]) {
    if (fields === undefined) continue;
    const result = authOf(fields);
    if (!result.ok) return result;
    if (result.auth === undefined) continue;
    if (auth !== undefined && auth.publicKey !== result.auth.publicKey) {
      return refuse(401, 'multiple authorization payloads detected', 'auth_multiple');
    }
    auth = auth === undefined || auth.client === undefined ? { ...result.auth } : auth;
  }
  return auth === undefined ? { ok: true } : { ok: true, auth };
}

interface AuthFields {
  key?: string;
  version?: string;
  client?: string;
  /** Two different keys in one source. */
  conflict?: boolean;
  /** A header of our scheme that holds no key is broken; a query that holds none is just a query. */
  required: boolean;
}

function authOf(fields: AuthFields): AuthResult {
  if (fields.conflict === true) {
    return refuse(401, 'multiple authorization payloads detected', 'auth_multiple');
  }
  if (fields.key === undefined) {
    return fields.required
      ? refuse(401, 'bad authorization header: sentry_key is missing', 'auth_missing')
      : { ok: true };
  }
  const publicKey = parsePublicKey(fields.key);
  if (publicKey === undefined) return refuse(400, 'bad sentry DSN public key', 'auth_key');
  const version = versionOf(fields.version);
  if (version === undefined) return refuse(401, 'bad sentry_version', 'auth_version');
  if (version > NEWEST_VERSION) {
    return { ...refuse(400, 'unsupported protocol version', 'auth_version'), publicKey };
  }
  const client = fields.client?.slice(0, MAX_CLIENT_LENGTH);
  return {
    ok: true,
    auth: { publicKey, version, ...(client === undefined || client === '' ? {} : { client }) },
  };
}

/** `7`, and `2.0` of the oldest ravens. */
function versionOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return NEWEST_VERSION;
  return /^[0-9]{1,5}(?:\.[0-9]{1,5})?$/.test(text) ? Math.floor(Number(text)) : undefined;
}

function headerFields(header: string): AuthFields | undefined {
  const value = header.trim();
  const scheme = value.slice(0, 6).toLowerCase();
  if (scheme === 'basic ') return basicFields(value.slice(6));
  const next = value.charAt(6);
  if (scheme !== 'sentry' || (next !== ' ' && next !== '\t' && next !== ',')) return undefined;
  const fields: AuthFields = { required: true };
  for (const pair of value.slice(7).split(',')) {
    const equals = pair.indexOf('=');
    if (equals !== -1) set(fields, pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
  }
  return fields;
}

/** Basic auth is ours only when the user is a public key: a proxy in front may use it for itself. */
function basicFields(encoded: string): AuthFields | undefined {
  const user = Buffer.from(encoded.trim(), 'base64').toString('latin1').split(':', 1)[0] ?? '';
  return parsePublicKey(user) === undefined ? undefined : { key: user, required: true };
}

function queryFields(query: string): AuthFields | undefined {
  if (!query.includes('sentry_')) return undefined;
  const fields: AuthFields = { required: false };
  for (const pair of query.split('&')) {
    if (!pair.startsWith('sentry_')) continue;
    const equals = pair.indexOf('=');
    if (equals !== -1) set(fields, pair.slice(0, equals), decodeQueryValue(pair.slice(equals + 1)));
  }
  return fields;
}

function set(fields: AuthFields, name: string, value: string): void {
  if (name === 'sentry_key') {
    if (fields.key !== undefined && fields.key !== value) fields.conflict = true;
    fields.key = value;
  } else if (name === 'sentry_version') fields.version = value;
  else if (name === 'sentry_client') fields.client = value;
}

function decodeQueryValue(value: string): string {
  if (!value.includes('%') && !value.includes('+')) return value;
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}
