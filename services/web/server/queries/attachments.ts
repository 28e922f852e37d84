import { count, defineQuery, time, uint64 } from '@culprit/clickhouse';
import { z } from 'zod';
import { READ_SETTINGS } from './values.ts';

const row = z.object({
  received: time,
  log_partition: z.number(),
  log_offset: uint64,
  name: z.string(),
  attachment_type: z.string(),
  content_type: z.string(),
  size: count,
  sha1: z.string(),
  file: z.string(),
});
export type AttachmentRow = z.output<typeof row>;

/** Attachments of an event, in the order they came. */
export const attachmentsOfEvent = defineQuery({
  name: 'attachments_of_event',
  params: { project: z.number(), event: z.string() },
  row,
  sql: `SELECT received, log_partition, log_offset, name, attachment_type, content_type, size, sha1, file
    FROM attachments
    WHERE project_id = {project:UInt32} AND event_id = toUUID({event:String})
    ORDER BY received, log_partition, log_offset, name, sha1 LIMIT 1000`,
  settings: READ_SETTINGS,
});
