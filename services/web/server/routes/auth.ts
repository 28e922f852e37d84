import {
  type Account,
  type ApiInfo,
  accountSchema,
  apiInfoSchema,
  loginRequestSchema,
  type Regions,
  regionsSchema,
  SCOPES,
  type Scope,
} from '@culprit/api';
import type { Person, Principal } from '../access/principal.ts';
import { PUBLIC, type Route, route } from '../access/route.ts';
import { isForeignPage } from '../access/same-origin.ts';
import { clearSessionCookie, startSession } from '../access/session.ts';
import type { WebContext } from '../context.ts';
import { notAllowed, notFound, notLoggedIn, Refusal } from '../refusal.ts';
import { deleteSession, findCredentials } from '../store/credentials.ts';
import { listOrganizationsOf } from '../store/organizations.ts';

const ANYBODY = { tenant: 'account', scope: 'any', role: 'any' } as const;

async function showAccount(context: WebContext, person: Person): Promise<Account> {
  const organizations = await listOrganizationsOf(context.database, person.userId);
  return {
    id: person.userId,
    name: person.name,
    email: person.email,
    username: person.email,
    isStaff: person.isStaff,
    organizations: organizations.map(({ id, slug, name, role }) => ({ id, slug, name, role })),
  };
}

function showInfo(principal: Principal | undefined): ApiInfo {
  const person = principal?.person;
  const scopes: readonly Scope[] =
    principal === undefined ? [] : principal.kind === 'token' ? [...principal.scopes] : SCOPES;
  return {
    version: '0',
    user:
      person === undefined
        ? null
        : { id: person.userId, name: person.name, email: person.email, username: person.email },
    auth: principal === undefined ? null : { scopes: [...scopes] },
  };
}

async function logIn(context: WebContext, address: string, email: string, password: string): Promise<Person> {
  const wait = context.throttle.attempt(address, email);
  if (wait > 0) {
    context.metrics.refusedLogins.inc({ reason: 'throttled' });
    throw new Refusal(
      429,
      { detail: 'Too many attempts. Try again later.' },
      { 'retry-after': String(wait) },
    );
  }
  const credentials = await findCredentials(context.database, email);
  const isRight = await context.passwords.verify(password, credentials?.passwordHash);
  if (credentials === undefined || !isRight) {
    context.metrics.refusedLogins.inc({ reason: 'wrong' });
    throw new Refusal(401, { detail: 'Email or password is wrong.' });
  }
  context.throttle.succeeded(address, email);
  return credentials;
}

export const authRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/0/',
    summary: 'Say which account and scopes a request has',
    answers: { 200: apiInfoSchema },
    access: PUBLIC,
    handle: async ({ tenant }) => showInfo(tenant.principal),
  }),
  route({
    method: 'GET',
    path: '/api/0/auth/',
    summary: 'Show the account that is logged in',
    answers: { 200: accountSchema },
    access: ANYBODY,
    handle: async ({ context, tenant }) => {
      // A token of the organization is nobody; clients take 404 for that.
      if (tenant.principal.person === undefined) throw notFound();
      return showAccount(context, tenant.principal.person);
    },
  }),
  route({
    method: 'POST',
    path: '/api/0/auth/',
    summary: 'Log in',
    answers: { 200: accountSchema },
    access: PUBLIC,
    body: loginRequestSchema,
    handle: async ({ context, request, reply, body }) => {
      if (isForeignPage(request, context.publicUrl)) throw notAllowed('Log in on the pages of this server.');
      const person = await logIn(context, request.ip, body.email, body.password);
      await startSession(context, reply, person.userId);
      return showAccount(context, person);
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/0/auth/',
    summary: 'Log out',
    answers: { 204: null },
    access: ANYBODY,
    handle: async ({ context, tenant, reply }) => {
      if (tenant.principal.kind !== 'session') throw notLoggedIn();
      await deleteSession(context.database, tenant.principal.sessionHash);
      clearSessionCookie(context, reply);
      return reply.status(204).send();
    },
  }),
  route({
    method: 'GET',
    path: '/api/0/users/me/regions/',
    summary: 'List regions: there are none',
    answers: { 200: regionsSchema },
    access: ANYBODY,
    // One server, no regions; clients then stay at the address they were given.
    handle: async (): Promise<Regions> => ({ regions: [] }),
  }),
];
