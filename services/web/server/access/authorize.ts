import type { Role, Scope } from '@culprit/api';
import { parseIssueId } from '@culprit/protocol';
import type { FastifyRequest } from 'fastify';
import type { WebContext } from '../context.ts';
import { notAllowed, notFound, notLoggedIn } from '../refusal.ts';
import { findIssue, type IssueRow } from '../store/issues.ts';
import { findOrganization, isOnlyOrganizationsOwner, type OrganizationRow } from '../store/organizations.ts';
import { findProject } from '../store/projects.ts';
import { identify, type Principal } from './principal.ts';
import { type Access, paramOf, type Tenant, type Tenants } from './route.ts';
import { isFromOwnPages } from './same-origin.ts';

const RANKS: Readonly<Record<Role, number>> = { support: 1, member: 2, admin: 3, owner: 4 };

/** What a scope brings with it. */
const IMPLIED: Readonly<Partial<Record<Scope, readonly Scope[]>>> = {
  'org:admin': ['org:write', 'org:read'],
  'org:write': ['org:read'],
  'org:ci': ['project:releases'],
  'project:admin': ['project:write', 'project:read'],
  'project:write': ['project:read'],
  'team:write': ['team:read'],
  'event:admin': ['event:write', 'event:read'],
  'event:write': ['event:read'],
  'alerts:write': ['alerts:read'],
};

/** Of a bigint column. */
const LARGEST_ID = 2n ** 63n - 1n;

/**
 * Lets through who may, with what they may touch. Where someone has no business at all in an organization the answer is 404, as for one
 * that does not exist; where their role or token does not suffice it is 403.
 *
 * @throws Refusal 401, 403, 404
 */
export async function authorize<T extends Tenant>(
  context: WebContext,
  access: Access<T>,
  request: FastifyRequest,
): Promise<Tenants[T]> {
  const principal = await identify(context, request);
  const tenant = await resolveTenant(context, access, request, principal);
  // `resolveTenant` gives exactly what the tenant's name promises; TypeScript cannot narrow a generic by its value.
  return tenant as Tenants[T];
}

async function resolveTenant(
  context: WebContext,
  access: Access,
  request: FastifyRequest,
  principal: Principal | undefined,
): Promise<Tenants[Tenant]> {
  if (access.tenant === 'public') return { principal };
  if (principal === undefined) throw notLoggedIn();
  if (principal.kind === 'session' && !isFromOwnPages(request, context.publicUrl)) {
    throw notAllowed('This request does not come from the pages of this server.');
  }
  switch (access.tenant) {
    case 'account':
      return { principal };
    case 'instance':
      await checkInstance(context, access, principal);
      return { principal };
    case 'organization':
      return { principal, organization: await organizationOf(context, access, request, principal) };
    case 'project': {
      const organization = await organizationOf(context, access, request, principal);
      const project = await findProject(context.database, organization.id, paramOf(request, 'project'));
      if (project === undefined) throw notFound();
      return { principal, organization, project };
    }
    case 'issue':
      return issueTenant(context, access, request, principal);
  }
}

async function organizationOf(
  context: WebContext,
  access: Access,
  request: FastifyRequest,
  principal: Principal,
  name = paramOf(request, 'org'),
): Promise<OrganizationRow> {
  const organization = await findOrganization(context.database, name, principal.person?.userId ?? null);
  if (organization === undefined) throw notFound();
  checkMember(access, principal, organization);
  return organization;
}

/** The issue's own project decides, whatever organization the path names. */
async function issueTenant(
  context: WebContext,
  access: Access,
  request: FastifyRequest,
  principal: Principal,
): Promise<Tenants['issue']> {
  const { org } = request.params as { org?: string };
  // The organization first: who has no business there is not told which issues exist.
  const named =
    org === undefined ? undefined : await organizationOf(context, access, request, principal, org);
  const issue = await issueOf(context, request);
  if (named !== undefined && issue?.organization_id !== named.id) throw notFound();
  if (issue === undefined) throw notFound();
  const organization =
    named ?? (await organizationOf(context, access, request, principal, issue.organization_slug));
  const project = await findProject(context.database, organization.id, String(issue.project_id));
  if (project === undefined) throw notFound();
  return { principal, organization, project, issue };
}

async function issueOf(context: WebContext, request: FastifyRequest): Promise<IssueRow | undefined> {
  const id = parseIssueId(paramOf(request, 'issue'));
  return id === undefined || BigInt(id) > LARGEST_ID ? undefined : findIssue(context.database, id);
}

function checkMember(access: Access, principal: Principal, organization: OrganizationRow): void {
  if (principal.kind === 'token' && principal.organizationId !== organization.id) throw notFound();
  if (principal.person !== undefined && organization.role === null) throw notFound();
  if (!mayDo(access, { principal, organization })) throw notAllowed();
}

/** Whether who was let in may also do what asks for more: their role suffices, and the scopes of their token. */
export function mayDo(
  access: Pick<Access, 'scope' | 'role'>,
  { principal, organization }: Pick<Tenants['organization'], 'principal' | 'organization'>,
): boolean {
  const { role } = organization;
  if (principal.person !== undefined && (role === null || !hasRole(access, role))) return false;
  return principal.kind !== 'token' || hasScope(access, principal.scopes);
}

/** The whole instance: staff; or the owner where there is no one else's organization. */
async function checkInstance(context: WebContext, access: Access, principal: Principal): Promise<void> {
  if (principal.kind === 'token' && !hasScope(access, principal.scopes)) throw notAllowed();
  if (principal.person?.isStaff === true) return;
  const userId = principal.person?.userId;
  if (userId === undefined || !(await isOnlyOrganizationsOwner(context.database, userId))) throw notAllowed();
}

function hasRole({ role }: Pick<Access, 'role'>, actual: Role): boolean {
  if (role === 'any') return true;
  return role !== 'none' && RANKS[actual] >= RANKS[role];
}

function hasScope({ scope }: Pick<Access, 'scope'>, actual: ReadonlySet<Scope>): boolean {
  if (scope === 'any') return true;
  if (scope === 'none') return false;
  return [...actual].some(
    (held) => scope.includes(held) || IMPLIED[held]?.some((also) => scope.includes(also)),
  );
}
