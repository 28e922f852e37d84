import { hashToken } from '@culprit/accounts';
import { SCOPES, type Scope } from '@culprit/api';
import type {} from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import type { WebContext } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { findSession, findToken } from '../store/credentials.ts';
import { hashSession, SESSION_COOKIE } from './session.ts';

export interface Person {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly isStaff: boolean;
}

/** Who asks: a person with a session cookie, or a token, which may stand for a person. */
export type Principal =
  | { readonly kind: 'session'; readonly person: Person; readonly sessionHash: Buffer }
  | {
      readonly kind: 'token';
      readonly person: Person | undefined;
      readonly tokenId: string;
      readonly organizationId: string;
      readonly scopes: ReadonlySet<Scope>;
    };

const BEARER = /^Bearer +(\S{1,2048})$/i;
const KNOWN_SCOPES: ReadonlySet<string> = new Set(SCOPES);

/**
 * Who asks, or undefined for nobody. A session cookie that is no longer valid is nobody; a wrong token is refused, because whoever
 * sends one wants to be somebody.
 *
 * @throws Refusal 401
 */
export async function identify(context: WebContext, request: FastifyRequest): Promise<Principal | undefined> {
  const header = request.headers.authorization;
  if (header !== undefined) return identifyToken(context, header);
  const cookie = request.cookies[SESSION_COOKIE];
  if (cookie === undefined || cookie.length > 200) return undefined;
  const sessionHash = hashSession(cookie);
  const person = await findSession(context.database, sessionHash, new Date(context.clock.now()));
  return person === undefined ? undefined : { kind: 'session', person, sessionHash };
}

async function identifyToken(context: WebContext, header: string): Promise<Principal> {
  const token = BEARER.exec(header)?.[1];
  const row = token === undefined ? undefined : await findToken(context.database, hashToken(token));
  if (row === undefined) throw new Refusal(401, { detail: 'Invalid token' });
  const scopes = row.scopes.filter((scope): scope is Scope => KNOWN_SCOPES.has(scope));
  return {
    kind: 'token',
    person: row.person,
    tokenId: row.id,
    organizationId: row.organizationId,
    scopes: new Set(scopes),
  };
}
