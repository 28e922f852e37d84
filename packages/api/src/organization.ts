import { editableSettingsSchema } from '@culprit/settings';
import { z } from 'zod';
import { dateSchema, idSchema } from './values.ts';

/** `GET /api/0/organizations/`, `GET /api/0/organizations/{org}/`. */
export const organizationSchema = z.object({
  id: idSchema,
  slug: z.string(),
  name: z.string(),
  status: z.object({ id: z.string(), name: z.string() }),
  dateCreated: dateSchema,
  isEarlyAdopter: z.boolean(),
  require2FA: z.boolean(),
  requireEmailVerification: z.boolean(),
  avatar: z.object({ avatarType: z.string(), avatarUuid: z.string().nullable() }),
  features: z.array(z.string()),
  links: z.object({ organizationUrl: z.string(), regionUrl: z.string() }),
});
export type Organization = z.infer<typeof organizationSchema>;

export const teamSchema = z.object({
  id: idSchema,
  slug: z.string(),
  name: z.string(),
  dateCreated: dateSchema,
  isMember: z.boolean(),
  hasAccess: z.boolean(),
});
export type Team = z.infer<typeof teamSchema>;

export const teamReferenceSchema = teamSchema.pick({ id: true, slug: true, name: true });

/** A project in lists and where something belongs to it. */
export const projectReferenceSchema = z.object({
  id: idSchema,
  slug: z.string(),
  name: z.string(),
  platform: z.string().nullable(),
});
export type ProjectReference = z.infer<typeof projectReferenceSchema>;

export const projectSchema = projectReferenceSchema.extend({
  dateCreated: dateSchema,
  status: z.string(),
  isBookmarked: z.boolean(),
  isMember: z.boolean(),
  hasAccess: z.boolean(),
  features: z.array(z.string()),
  firstEvent: dateSchema.nullable(),
  /** Culprit's own errors go here. */
  isInternal: z.boolean(),
  environments: z.array(z.string()),
  team: teamReferenceSchema.nullable(),
  teams: z.array(teamReferenceSchema),
  organization: z.object({ id: idSchema, slug: z.string(), name: z.string() }),
});
export type Project = z.infer<typeof projectSchema>;

const slugSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,49}$/, 'must be 1 to 50 lower-case letters, digits, - or _')
  .refine((slug) => !/^[0-9]+$/.test(slug), 'must not be a number');

/** `POST /api/0/teams/{org}/{team}/projects/` → 201 `Project`; 409 when the slug is taken. */
export const newProjectRequestSchema = z.object({
  name: z.string().trim().min(1).max(64),
  slug: slugSchema.nullish(),
  platform: z.string().max(64).nullish(),
});
export type NewProjectRequest = z.infer<typeof newProjectRequestSchema>;

/** `PUT /api/0/projects/{org}/{project}/`: any subset. Settings are read by ingest and processor; of `options` each one by itself. */
export const projectUpdateSchema = editableSettingsSchema
  .extend({
    name: z.string().trim().min(1).max(64),
    slug: slugSchema,
    platform: z.string().max(64).nullable(),
  })
  .partial();
export type ProjectUpdate = z.infer<typeof projectUpdateSchema>;

/** `GET|PUT /api/0/projects/{org}/{project}/`. */
export const projectDetailSchema = projectSchema.extend(editableSettingsSchema.shape);
export type ProjectDetail = z.infer<typeof projectDetailSchema>;

const rateLimitSchema = z.object({
  /** Events; 0: no limit. */
  count: z.number().int().min(0).max(1_000_000_000),
  /** Seconds; 0: no limit. */
  window: z.number().int().min(0).max(86_400),
});

export const projectKeySchema = z.object({
  id: idSchema,
  name: z.string(),
  label: z.string(),
  public: z.string(),
  secret: z.string(),
  projectId: z.number().int(),
  isActive: z.boolean(),
  rateLimit: rateLimitSchema.nullable(),
  dsn: z.object({
    public: z.string(),
    secret: z.string(),
    csp: z.string(),
    security: z.string(),
    minidump: z.string(),
    cdn: z.string(),
  }),
  dateCreated: dateSchema,
});
export type ProjectKey = z.infer<typeof projectKeySchema>;

/** `POST …/keys/` → 201, `PUT …/keys/{id}/`: any subset. */
export const projectKeyRequestSchema = z.object({
  name: z.string().trim().min(1).max(64).optional(),
  isActive: z.boolean().optional(),
  rateLimit: rateLimitSchema.nullish(),
});
export type ProjectKeyRequest = z.infer<typeof projectKeyRequestSchema>;
