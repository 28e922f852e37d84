import type { Role, Scope } from '@culprit/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { WebContext } from '../context.ts';
import { badFields, Refusal } from '../refusal.ts';
import type { IssueRow } from '../store/issues.ts';
import type { OrganizationRow } from '../store/organizations.ts';
import type { ProjectRow } from '../store/projects.ts';
import { authorize } from './authorize.ts';
import type { Principal } from './principal.ts';

/** Whose data a route touches, and so what its handler is given. `instance` is everything: for staff. */
export interface Tenants {
  public: { readonly principal: Principal | undefined };
  account: { readonly principal: Principal };
  instance: { readonly principal: Principal };
  organization: Tenants['account'] & { readonly organization: OrganizationRow };
  project: Tenants['organization'] & { readonly project: ProjectRow };
  issue: Tenants['project'] & { readonly issue: IssueRow };
}
export type Tenant = keyof Tenants;

/** Who may call a route. */
export interface Access<T extends Tenant = Tenant> {
  readonly tenant: T;
  /** A token needs one of these; `any` token does where nothing but itself is shown; `none` where nobody needs to be known. */
  readonly scope: readonly Scope[] | 'any' | 'none';
  /** The least role that a person needs in the organization. */
  readonly role: Role | 'any' | 'none';
}

export interface Call<T extends Tenant, Q, B> {
  readonly context: WebContext;
  readonly tenant: Tenants[T];
  readonly query: Q;
  readonly body: B;
  /** A parameter of the path, decoded once. */
  readonly param: (name: string) => string;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** By status: the schema of a JSON body, the media type of any other, or null for none. */
export type Answers = Readonly<Record<number, z.ZodType | string | null>>;

export interface RouteDefinition<T extends Tenant, Q, B> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With the slash at the end; both forms are served. More than one: the same under an older name. */
  readonly path: string | readonly string[];
  /** What it does: its title in the reference of the API. */
  readonly summary: string;
  /** What it answers where it succeeds, by status. */
  readonly answers: Answers;
  readonly access: Access<T>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly handle: (call: Call<T, Q, B>) => Promise<unknown>;
}

/** A route with its types forgotten. Made by `route` only. */
export interface Route {
  readonly method: string;
  readonly paths: readonly string[];
  readonly summary: string;
  readonly answers: Answers;
  readonly access: Access;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  readonly run: (context: WebContext, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/** Declares a route. Who asks is checked before anything of the request is looked at. */
export function route<T extends Tenant, Q = undefined, B = undefined>(
  definition: RouteDefinition<T, Q, B>,
): Route {
  const { access, query, body, handle } = definition;
  return {
    method: definition.method,
    paths: typeof definition.path === 'string' ? [definition.path] : definition.path,
    summary: definition.summary,
    answers: definition.answers,
    access,
    query,
    body,
    run: async (context, request, reply) => {
      const tenant = await authorize(context, access, request);
      return handle({
        context,
        tenant,
        query: parse(query, request.query),
        body: parse(body, bodyOf(request, body)),
        param: (name) => paramOf(request, name),
        request,
        reply,
      });
    },
  };
}

/** The only way to register a route under `/api/`. */
export function registerRoutes(app: FastifyInstance, context: WebContext, routes: readonly Route[]): void {
  for (const { method, paths, access, run } of routes) {
    for (const url of paths) {
      app.route({
        method,
        url,
        config: { access },
        handler: (request, reply) => run(context, request, reply),
      });
    }
  }
}

/** Refuses to start with a route that does not say who may call it. */
export function requireAccess(app: FastifyInstance): void {
  app.addHook('onRoute', (options) => {
    const access: unknown = options.config === undefined ? undefined : Reflect.get(options.config, 'access');
    if (!isAccess(access)) {
      throw new Error(`route ${String(options.method)} ${options.url} does not say who may call it`);
    }
  });
}

function isAccess(value: unknown): value is Access {
  if (typeof value !== 'object' || value === null) return false;
  const { tenant, scope, role } = value as Partial<Record<keyof Access, unknown>>;
  const saysScope = scope === 'any' || scope === 'none' || (Array.isArray(scope) && scope.length > 0);
  if (typeof tenant !== 'string' || !saysScope || typeof role !== 'string') return false;
  return (tenant === 'public') === (scope === 'none') && (tenant === 'public') === (role === 'none');
}

export const PUBLIC: Access<'public'> = { tenant: 'public', scope: 'none', role: 'none' };

export function paramOf(request: FastifyRequest, name: string): string {
  const value = (request.params as Readonly<Record<string, string | undefined>>)[name];
  if (value === undefined) throw new Error(`path has no parameter ${name}`);
  return value;
}

/** @throws Refusal 400 for a list where none is wanted. */
function bodyOf(request: FastifyRequest, schema: z.ZodType | undefined): unknown {
  const body = request.body ?? {};
  if (Array.isArray(body) && !(schema instanceof z.ZodArray)) {
    throw new Refusal(400, { detail: 'The body must be a JSON object' });
  }
  return body;
}

function parse<T>(schema: z.ZodType<T> | undefined, value: unknown): T {
  // A route that declares no schema has type undefined here, and its handler cannot read anything.
  if (schema === undefined) return undefined as T;
  const result = schema.safeParse(value);
  if (!result.success) throw badFields(result.error);
  return result.data;
}
