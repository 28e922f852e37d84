import { z } from 'zod';
import { projectReferenceSchema } from './organization.ts';
import { deployReferenceSchema, releaseReferenceSchema } from './release.ts';
import { dateSchema, idSchema, pointSchema } from './values.ts';

export const issueStatusSchema = z.enum(['unresolved', 'resolved', 'ignored']);
export type IssueStatus = z.infer<typeof issueStatusSchema>;

/** What a list row, a person's page and a webhook need of an issue. */
export const issueReferenceSchema = z.object({
  id: idSchema,
  /** `SHOP-2K7`: the project's slug and the issue's number in base 36. */
  shortId: z.string(),
  title: z.string(),
  culprit: z.string(),
  level: z.string(),
  status: issueStatusSchema,
  project: projectReferenceSchema,
});
export type IssueReference = z.infer<typeof issueReferenceSchema>;

/** `GET …/issues/`: one row. */
export const issueSchema = issueReferenceSchema.extend({
  shareId: z.null(),
  permalink: z.url(),
  logger: z.string().nullable(),
  statusDetails: z.record(z.string(), z.unknown()),
  substatus: z.string().nullable(),
  isPublic: z.boolean(),
  platform: z.string().nullable(),
  priority: z.string().nullable(),
  type: z.string(),
  issueType: z.string(),
  issueCategory: z.string(),
  /** `{type, value, filename, function}`, what there is of it. */
  metadata: z.record(z.string(), z.unknown()),
  numComments: z.number().int(),
  assignedTo: z.null(),
  isBookmarked: z.boolean(),
  isSubscribed: z.boolean(),
  subscriptionDetails: z.null(),
  hasSeen: z.boolean(),
  annotations: z.array(z.object({ displayName: z.string(), url: z.string() })),
  isUnhandled: z.boolean(),
  /** Events; text because clients expect it. */
  count: z.string(),
  userCount: z.number().int(),
  firstSeen: dateSchema,
  lastSeen: dateSchema,
  /** Per hour for `24h`, per day for `14d`. A list row has only the one that `groupStatsPeriod` asks for (default 24h), a detail both. */
  stats: z.object({ '24h': z.array(pointSchema).optional(), '14d': z.array(pointSchema).optional() }),
  hasUnhandled: z.boolean(),
  firstRelease: releaseReferenceSchema.nullable(),
  lastRelease: releaseReferenceSchema.nullable(),
  firstDeploy: deployReferenceSchema.nullable(),
  lastDeploy: deployReferenceSchema.nullable(),
});
export type Issue = z.infer<typeof issueSchema>;

export const issueActivitySchema = z.object({
  id: idSchema,
  type: z.string(),
  user: z.object({ id: idSchema, name: z.string(), email: z.string() }).nullable(),
  data: z.record(z.string(), z.unknown()),
  dateCreated: dateSchema,
});

/** `topValues` of a tag, most frequent first. */
export const tagSummarySchema = z.object({
  key: z.string(),
  name: z.string(),
  uniqueValues: z.number().int(),
  totalValues: z.number().int(),
  topValues: z.array(
    z.object({
      name: z.string(),
      value: z.string(),
      count: z.number().int(),
      firstSeen: dateSchema,
      lastSeen: dateSchema,
    }),
  ),
});
export type TagSummary = z.infer<typeof tagSummarySchema>;

/** `GET …/issues/{id}/`. */
export const issueDetailSchema = issueSchema.extend({
  /** Keys only; values come from `…/tags/`. */
  tags: z.array(z.object({ key: z.string(), name: z.string(), totalValues: z.number().int() })),
  activity: z.array(issueActivitySchema),
  seenBy: z.array(z.unknown()),
  participants: z.array(z.unknown()),
  userReportCount: z.number().int(),
});
export type IssueDetail = z.infer<typeof issueDetailSchema>;

/** `PUT …/issues/{id}/` → 200 `IssueDetail`; `PUT …/issues/?id=…` → 200 `{status, statusDetails}` or 204 when nothing matched. */
export const issueUpdateSchema = z.object({
  /** `muted` is an old word for ignored; `resolvedInNextRelease` is kept as resolved. */
  status: z.enum(['resolved', 'unresolved', 'ignored', 'muted', 'resolvedInNextRelease']).optional(),
  substatus: z.string().max(64).nullish(),
  /** Deletes the issues and filters what would join them from now on. */
  discard: z.boolean().optional(),
});
export type IssueUpdate = z.infer<typeof issueUpdateSchema>;

export const bulkIssueUpdateSchema = z.object({
  status: issueStatusSchema,
  statusDetails: z.record(z.string(), z.unknown()),
});

/** `GET /api/0/projects/{org}/{project}/tombstones/`: issues whose events are filtered. */
export const tombstoneSchema = z.object({
  id: idSchema,
  title: z.string(),
  culprit: z.string(),
  type: z.string(),
  level: z.string(),
  dateCreated: dateSchema,
  actor: z.object({ id: idSchema, name: z.string(), email: z.string() }).nullable(),
});
export type Tombstone = z.infer<typeof tombstoneSchema>;

export const ISSUE_SORTS = ['date', 'new', 'freq', 'user'] as const;
export type IssueSort = (typeof ISSUE_SORTS)[number];

/**
 * Query of `GET /api/0/organizations/{org}/issues/`. `query` is words over title and culprit and `key:value` terms:
 * `is:unresolved|resolved|ignored`, `release:`, `environment:`, `level:`, `user.email:` (also `user.id:`, `user.username:`, `user.ip:`),
 * `first-release:`. Absent: `is:unresolved`; empty: all.
 */
export interface IssueListQuery {
  readonly query?: string;
  readonly project?: readonly string[];
  readonly environment?: readonly string[];
  readonly statsPeriod?: string;
  readonly groupStatsPeriod?: '24h' | '14d' | '';
  readonly sort?: IssueSort;
  /** At most 100; default 100. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** `GET /api/0/organizations/{org}/shortids/{SHORT}/`. */
export const shortIdSchema = z.object({
  organizationSlug: z.string(),
  projectSlug: z.string(),
  groupId: idSchema,
  shortId: z.string(),
  group: issueSchema,
});
export type ShortId = z.infer<typeof shortIdSchema>;
