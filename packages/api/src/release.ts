import { z } from 'zod';
import { projectReferenceSchema } from './organization.ts';
import { releaseHealthSchema } from './session.ts';
import { dateSchema, idSchema } from './values.ts';

export const releaseReferenceSchema = z.object({ version: z.string() });
export type ReleaseReference = z.infer<typeof releaseReferenceSchema>;

/** A deploy where something belongs to it; `number` is what people call it: #412. */
export const deployReferenceSchema = z.object({
  id: idSchema,
  number: z.number().int(),
  environment: z.string(),
  version: z.string(),
  dateFinished: dateSchema,
  /** Slugs. */
  projects: z.array(z.string()),
});
export type DeployReference = z.infer<typeof deployReferenceSchema>;

/** `GET /api/0/organizations/{org}/deploys/`: newest first. */
export const deploySchema = deployReferenceSchema.extend({
  name: z.string().nullable(),
  url: z.string().nullable(),
  dateStarted: dateSchema.nullable(),
  /** Issues first seen while this deploy was live. */
  newIssues: z.number().int(),
});
export type Deploy = z.infer<typeof deploySchema>;

const timeSchema = z.iso.datetime({ offset: true });
/** Slugs, or ids as number or text. */
const projectsSchema = z.array(z.union([z.string(), z.number().int()])).max(100);

/** `POST …/releases/{version}/deploys/` → 201 `Deploy`. Time stamps may have an offset and nine fractional digits. */
export const newDeployRequestSchema = z.object({
  environment: z.string().trim().min(1).max(64),
  name: z.string().max(64).nullish(),
  url: z.string().max(2048).nullish(),
  dateStarted: timeSchema.nullish(),
  dateFinished: timeSchema.nullish(),
  projects: projectsSchema.nullish(),
});
export type NewDeployRequest = z.infer<typeof newDeployRequestSchema>;

export const releaseSchema = z.object({
  id: idSchema,
  version: z.string(),
  shortVersion: z.string(),
  ref: z.string().nullable(),
  url: z.string().nullable(),
  status: z.enum(['open', 'archived']),
  dateCreated: dateSchema,
  dateReleased: dateSchema.nullable(),
  firstEvent: dateSchema.nullable(),
  lastEvent: dateSchema.nullable(),
  newGroups: z.number().int(),
  commitCount: z.number().int(),
  deployCount: z.number().int(),
  lastCommit: z.object({ id: z.string() }).nullable(),
  lastDeploy: deployReferenceSchema
    .extend({ dateStarted: dateSchema.nullable(), name: z.string().nullable() })
    .nullable(),
  authors: z.array(z.unknown()),
  owner: z.null(),
  data: z.record(z.string(), z.unknown()),
  versionInfo: z.object({
    package: z.string().nullable(),
    version: z.object({ raw: z.string() }),
    description: z.string(),
    buildHash: z.string().nullable(),
  }),
  /** `healthData` only where it was asked for (`health=1`). */
  projects: z.array(projectReferenceSchema.extend({ healthData: releaseHealthSchema.optional() })),
});
export type Release = z.infer<typeof releaseSchema>;

/** `version` of a release: 1 to 200 characters of one path segment. */
export const versionSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((v) => !/[\r\n\f\t/\\\0]/.test(v), 'must not contain a line break, tab, slash or backslash')
  .refine((v) => v !== '.' && v !== '..' && v.toLowerCase() !== 'latest', 'is not allowed');

const releaseFields = {
  ref: z.string().max(250).nullish(),
  url: z.string().max(2048).nullish(),
  dateReleased: timeSchema.nullish(),
  status: z.enum(['open', 'archived']).nullish(),
  projects: projectsSchema.nullish(),
};

/** `POST …/releases/` → 201 made or newly linked, else 208. */
export const newReleaseRequestSchema = z.object({
  version: versionSchema,
  dateStarted: timeSchema.nullish(),
  ...releaseFields,
});
export type NewReleaseRequest = z.infer<typeof newReleaseRequestSchema>;

/** `PUT …/releases/{version}/` → 200. */
export const releaseUpdateSchema = z.object(releaseFields);
export type ReleaseUpdate = z.infer<typeof releaseUpdateSchema>;

/** `POST /api/0/organizations/{org}/changes/` → 201: a change that is no deploy. */
export const newChangeRequestSchema = z.object({
  kind: z.enum(['flag', 'config', 'migration', 'other']),
  name: z.string().trim().min(1).max(200),
  /** Slug or id. */
  project: z.union([z.string(), z.number().int()]).nullish(),
  environment: z.string().trim().min(1).max(64).nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
  /** Default: now. */
  dateHappened: timeSchema.nullish(),
});
export type NewChangeRequest = z.infer<typeof newChangeRequestSchema>;

export const changeSchema = z.object({
  id: idSchema,
  kind: z.enum(['flag', 'config', 'migration', 'other']),
  name: z.string(),
  /** Slug. */
  project: z.string().nullable(),
  environment: z.string().nullable(),
  data: z.record(z.string(), z.unknown()),
  dateHappened: dateSchema,
});
export type Change = z.infer<typeof changeSchema>;
