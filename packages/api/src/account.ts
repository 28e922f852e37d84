import { z } from 'zod';
import { dateSchema, idSchema } from './values.ts';

export const ROLES = ['owner', 'admin', 'member', 'support'] as const;
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;

/** What an API token may be allowed. */
export const SCOPES = [
  'org:read',
  'org:write',
  'org:admin',
  'org:ci',
  'project:read',
  'project:write',
  'project:admin',
  'project:releases',
  'team:read',
  'team:write',
  'member:read',
  'event:read',
  'event:write',
  'event:admin',
  'alerts:read',
  'alerts:write',
] as const;
export const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;

/** `POST /api/0/auth/`. Answers 200 `Account` and sets the session cookie; 401 when they do not fit; 429 when tried too often. */
export const loginRequestSchema = z.object({
  email: z.string().trim().min(1).max(320),
  password: z.string().min(1).max(1024),
});
export type LoginRequest = z.infer<typeof loginRequestSchema>;

/** `GET /api/0/auth/`: who am I. 401 when nobody. */
export const accountSchema = z.object({
  id: idSchema,
  name: z.string(),
  email: z.string(),
  username: z.string(),
  isStaff: z.boolean(),
  organizations: z.array(z.object({ id: idSchema, slug: z.string(), name: z.string(), role: roleSchema })),
});
export type Account = z.infer<typeof accountSchema>;

/** `GET /api/0/`: `user` is null for a token of the organization. */
export const apiInfoSchema = z.object({
  version: z.literal('0'),
  user: z.object({ id: idSchema, name: z.string(), email: z.string(), username: z.string() }).nullable(),
  auth: z.object({ scopes: z.array(scopeSchema) }).nullable(),
});
export type ApiInfo = z.infer<typeof apiInfoSchema>;

/** `GET /api/0/users/me/regions/`. */
export const regionsSchema = z.object({ regions: z.array(z.object({ name: z.string(), url: z.string() })) });
export type Regions = z.infer<typeof regionsSchema>;

/** `POST /api/0/organizations/{org}/api-tokens/`. */
export const newTokenRequestSchema = z.object({
  name: z.string().trim().min(1).max(64),
  scopes: z.array(scopeSchema).min(1).default(['org:ci']),
});
export type NewTokenRequest = z.input<typeof newTokenRequestSchema>;

export const apiTokenSchema = z.object({
  id: idSchema,
  name: z.string(),
  tokenLastCharacters: z.string(),
  scopes: z.array(scopeSchema),
  dateCreated: dateSchema,
});
export type ApiToken = z.infer<typeof apiTokenSchema>;

/** 201: the only time that the token itself is shown. */
export const newTokenSchema = apiTokenSchema.extend({ token: z.string() });
export type NewToken = z.infer<typeof newTokenSchema>;
