import { z } from 'zod';
import { deployReferenceSchema, releaseReferenceSchema } from './release.ts';
import { dateSchema, idSchema } from './values.ts';

const unknownRecord = z.record(z.string(), z.unknown());

/** A frame for people; oldest call first in a list. */
export const frameSchema = z.object({
  filename: z.string().nullable(),
  absPath: z.string().nullable(),
  module: z.string().nullable(),
  package: z.string().nullable(),
  platform: z.string().nullable(),
  function: z.string().nullable(),
  rawFunction: z.string().nullable(),
  lineNo: z.number().nullable(),
  colNo: z.number().nullable(),
  inApp: z.boolean(),
  /** `[line number, text]`, the frame's own line among them. */
  context: z.array(z.tuple([z.number(), z.string()])),
  vars: unknownRecord.nullable(),
});
export type EventFrame = z.infer<typeof frameSchema>;

export const stacktraceSchema = z.object({
  frames: z.array(frameSchema),
  framesOmitted: z.array(z.number()).nullable(),
  hasSystemFrames: z.boolean(),
});
export type EventStacktrace = z.infer<typeof stacktraceSchema>;

export const exceptionValueSchema = z.object({
  type: z.string().nullable(),
  value: z.string().nullable(),
  module: z.string().nullable(),
  threadId: z.union([z.string(), z.number()]).nullable(),
  mechanism: unknownRecord.nullable(),
  stacktrace: stacktraceSchema.nullable(),
  rawStacktrace: stacktraceSchema.nullable(),
});
export type EventException = z.infer<typeof exceptionValueSchema>;

export const breadcrumbSchema = z.object({
  timestamp: dateSchema.nullable(),
  type: z.string(),
  category: z.string().nullable(),
  level: z.string(),
  message: z.string().nullable(),
  data: unknownRecord.nullable(),
  event_id: z.string().nullable(),
});
export type EventBreadcrumb = z.infer<typeof breadcrumbSchema>;

export const threadSchema = z.object({
  id: z.union([z.string(), z.number()]).nullable(),
  name: z.string().nullable(),
  crashed: z.boolean(),
  current: z.boolean(),
  stacktrace: stacktraceSchema.nullable(),
});

/** `[name, value]`. */
const pairSchema = z.tuple([z.string(), z.string().nullable()]);
export const requestDataSchema = z.object({
  url: z.string().nullable(),
  method: z.string().nullable(),
  fragment: z.string().nullable(),
  query: z.array(pairSchema),
  cookies: z.array(pairSchema),
  headers: z.array(pairSchema),
  env: unknownRecord.nullable(),
  data: z.unknown(),
  inferredContentType: z.string().nullable(),
});
export type EventRequest = z.infer<typeof requestDataSchema>;

/** In the order that a person reads them. `exception.values`: oldest cause first, the last one is the one shown. */
export const entrySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message'),
    data: z.object({ formatted: z.string(), message: z.string().nullable(), params: z.unknown() }),
  }),
  z.object({
    type: z.literal('exception'),
    data: z.object({
      values: z.array(exceptionValueSchema),
      hasSystemFrames: z.boolean(),
      excOmitted: z.array(z.number()).nullable(),
    }),
  }),
  z.object({ type: z.literal('stacktrace'), data: stacktraceSchema }),
  z.object({ type: z.literal('threads'), data: z.object({ values: z.array(threadSchema) }) }),
  z.object({ type: z.literal('breadcrumbs'), data: z.object({ values: z.array(breadcrumbSchema) }) }),
  z.object({ type: z.literal('request'), data: requestDataSchema }),
]);
export type EventEntry = z.infer<typeof entrySchema>;

export const eventTagSchema = z.object({ key: z.string(), value: z.string() });

export const eventUserSchema = z.object({
  id: z.string().nullable(),
  email: z.string().nullable(),
  username: z.string().nullable(),
  ip_address: z.string().nullable(),
  name: z.string().nullable(),
  data: unknownRecord.nullable(),
});
export type EventUser = z.infer<typeof eventUserSchema>;

/** A row of the event lists. */
export const eventRowSchema = z.object({
  /** The event id: 32 hex digits. */
  id: z.string(),
  eventID: z.string(),
  'event.type': z.string(),
  groupID: idSchema.nullable(),
  projectID: idSchema,
  title: z.string(),
  message: z.string(),
  location: z.string().nullable(),
  culprit: z.string().nullable(),
  user: eventUserSchema.nullable(),
  tags: z.array(eventTagSchema),
  platform: z.string(),
  /** The sender's time. */
  dateCreated: dateSchema,
  /** Ours. */
  dateReceived: dateSchema,
  crashFile: z.null(),
  release: z.string().nullable(),
  environment: z.string().nullable(),
});
export type EventRow = z.infer<typeof eventRowSchema>;

/** `GET …/issues/{id}/events/{latest|oldest|recommended|<id>}/`, `GET /api/0/projects/{org}/{project}/events/{id}/`. */
export const eventDetailSchema = eventRowSchema.omit({ release: true }).extend({
  type: z.string(),
  level: z.string(),
  size: z.number().int(),
  entries: z.array(entrySchema),
  /** `extra`. */
  context: unknownRecord,
  contexts: z.record(z.string(), unknownRecord),
  packages: unknownRecord,
  sdk: z.object({ name: z.string(), version: z.string() }).nullable(),
  errors: z.array(z.object({ type: z.string(), message: z.string(), data: unknownRecord })),
  metadata: unknownRecord,
  fingerprints: z.array(z.string()),
  dist: z.string().nullable(),
  transaction: z.string().nullable(),
  logger: z.string().nullable(),
  release: releaseReferenceSchema.nullable(),
  deploy: deployReferenceSchema.nullable(),
  handled: z.boolean().nullable(),
  occurrence: z.null(),
  userReport: z.null(),
  /** Newer and older event of the same issue; null at the ends or without an issue. */
  nextEventID: z.string().nullable(),
  previousEventID: z.string().nullable(),
});
export type EventDetail = z.infer<typeof eventDetailSchema>;

/** `GET /api/0/projects/{org}/{project}/events/{id}/json/`: the payload of an event as it is stored, `_meta` and `errors` with it. */
export const storedEventSchema = z.looseObject({
  event_id: z.string(),
  type: z.string(),
  /** Unix seconds. */
  timestamp: z.number(),
  received: z.number(),
});

/** `GET /api/0/organizations/{org}/eventids/{event_id}/`. */
export const eventIdSchema = z.object({
  organizationSlug: z.string(),
  projectSlug: z.string(),
  groupId: idSchema.nullable(),
  eventId: z.string(),
  event: eventDetailSchema,
});
export type EventIdAnswer = z.infer<typeof eventIdSchema>;

export const attachmentSchema = z.object({
  id: idSchema,
  event_id: z.string(),
  name: z.string(),
  size: z.number().int(),
  mimetype: z.string(),
  sha1: z.string(),
  /** The attachment_type, such as `event.attachment`. */
  type: z.string(),
  headers: z.record(z.string(), z.string()),
  dateCreated: dateSchema,
});
export type Attachment = z.infer<typeof attachmentSchema>;
