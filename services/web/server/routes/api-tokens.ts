import { type ApiTokenRow, insertApiToken, mintToken } from '@culprit/accounts';
import {
  type ApiToken,
  apiTokenSchema,
  type NewToken,
  newTokenRequestSchema,
  newTokenSchema,
  SCOPES,
  type Scope,
} from '@culprit/api';
import { z } from 'zod';
import type { Principal } from '../access/principal.ts';
import { type Route, route } from '../access/route.ts';
import { notAllowed, notFound } from '../refusal.ts';
import { findApiToken, listApiTokens, revokeApiToken } from '../store/api-tokens.ts';
import type { OrganizationRow } from '../store/organizations.ts';
import { pageByOffset } from './offset-page.ts';
import { pageQuery } from './query-schemas.ts';

const ACCESS = { tenant: 'organization', scope: ['org:admin'], role: 'admin' } as const;
const TOKENS = '/api/0/organizations/:org/api-tokens/';

function showToken(row: ApiTokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    tokenLastCharacters: row.last_characters,
    scopes: SCOPES.filter((scope) => row.scopes.includes(scope)),
    dateCreated: row.created_at.toISOString(),
  };
}

/** Nobody makes a token that may more than they may. */
function checkScopes(principal: Principal, organization: OrganizationRow, wanted: readonly Scope[]): void {
  const isBeyondToken = principal.kind === 'token' && wanted.some((scope) => !principal.scopes.has(scope));
  const isBeyondRole =
    principal.person !== undefined && organization.role !== 'owner' && wanted.includes('org:admin');
  if (isBeyondToken || isBeyondRole) throw notAllowed('You cannot make a token that may more than you may.');
}

export const apiTokenRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: TOKENS,
    summary: 'List tokens, without their secret',
    answers: { 200: z.array(apiTokenSchema) },
    access: ACCESS,
    query: pageQuery,
    handle: async (call) => {
      const { context, tenant } = call;
      const page = await pageByOffset(call, (rows) =>
        listApiTokens(context.database, tenant.organization.id, rows),
      );
      return page.map(showToken);
    },
  }),
  route({
    method: 'POST',
    path: TOKENS,
    summary: 'Create a token; only this answer shows it',
    answers: { 201: newTokenSchema },
    access: ACCESS,
    body: newTokenRequestSchema,
    handle: async ({ context, tenant: { principal, organization }, body, reply }) => {
      checkScopes(principal, organization, body.scopes);
      const now = context.clock.now();
      const token = mintToken({ now, publicUrl: context.publicUrl, organization: organization.slug });
      const row = await insertApiToken(context.database, {
        organizationId: organization.id,
        userId: null,
        name: body.name,
        token,
        scopes: body.scopes,
        createdAt: new Date(now),
      });
      if (row === undefined) throw new Error('two tokens with the same 256 random bits');
      const made: NewToken = { ...showToken(row), token };
      return reply.status(201).send(made);
    },
  }),
  route({
    method: 'GET',
    path: `${TOKENS}:token/`,
    summary: 'Show a token, without its secret',
    answers: { 200: apiTokenSchema },
    access: ACCESS,
    handle: async ({ context, tenant, param }) => {
      const row = await findApiToken(context.database, tenant.organization.id, param('token'));
      if (row === undefined) throw notFound();
      return showToken(row);
    },
  }),
  route({
    method: 'DELETE',
    path: `${TOKENS}:token/`,
    summary: 'Revoke a token',
    answers: { 204: null },
    access: ACCESS,
    handle: async ({ context, tenant, param, reply }) => {
      const now = new Date(context.clock.now());
      const revoked = await revokeApiToken(context.database, tenant.organization.id, param('token'), now);
      if (!revoked) throw notFound();
      return reply.status(204).send();
    },
  }),
];
