import { type Attachment, attachmentSchema } from '@culprit/api';
import { z } from 'zod';
import { type Call, type Route, route } from '../access/route.ts';
import { eventIdOf } from '../event-reading.ts';
import { type AttachmentRow, attachmentsOfEvent } from '../queries/attachments.ts';
import { notFound } from '../refusal.ts';

const READ = { scope: ['event:read'], role: 'support' } as const;
const EVENT = '/api/0/projects/:org/:project/events/:event/attachments/';

/** Stable while the rows are: its place among the event's attachments. */
type Numbered = AttachmentRow & { readonly id: string };

async function readAttachments(call: Call<'project', unknown, unknown>): Promise<readonly Numbered[]> {
  const { context, tenant, param } = call;
  const event = eventIdOf(param('event'));
  const rows = await context.clickhouse.query(attachmentsOfEvent, { project: tenant.project.id, event });
  return rows.map((row, i) => ({ ...row, id: String(i + 1) }));
}

/** What browsers may show; anything else is only ever saved, since it is a stranger's file on our origin. */
const SHOWN_TYPES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'text/plain',
]);

function contentTypeOf(row: AttachmentRow): string {
  const type = row.content_type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return SHOWN_TYPES.has(type) ? type : 'application/octet-stream';
}

/** RFC 6266: the plain name for old clients, the real one in UTF-8. */
function dispositionOf(name: string, kind: 'attachment' | 'inline'): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%/]/g, '_').slice(0, 200);
  const real = encodeURIComponent(name.slice(0, 200).toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16)}`,
  );
  return `${kind}; filename="${plain}"; filename*=UTF-8''${real}`;
}

export const attachmentRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: EVENT,
    summary: 'List attachments of an event',
    answers: { 200: z.array(attachmentSchema) },
    access: { tenant: 'project', ...READ },
    handle: async (call): Promise<Attachment[]> => {
      const event = eventIdOf(call.param('event'));
      return (await readAttachments(call)).map((row) => ({
        id: row.id,
        event_id: event,
        name: row.name,
        size: row.size,
        mimetype: row.content_type === '' ? 'application/octet-stream' : row.content_type,
        sha1: row.sha1,
        type: row.attachment_type,
        headers: { 'Content-Type': row.content_type },
        dateCreated: new Date(row.received).toISOString(),
      }));
    },
  }),
  route({
    method: 'GET',
    path: `${EVENT}:attachment/`,
    summary: 'Download an attachment',
    answers: { 200: 'application/octet-stream' },
    access: { tenant: 'project', ...READ },
    handle: async (call) => {
      const wanted = call.param('attachment');
      const row = (await readAttachments(call)).find(({ id }) => id === wanted);
      if (row === undefined || !(await call.context.files.has(row.file))) throw notFound();
      const isDownload = new URL(call.request.url, call.context.publicUrl).searchParams.has('download');
      const type = contentTypeOf(row);
      const kind = isDownload || type === 'application/octet-stream' ? 'attachment' : 'inline';
      return call.reply
        .headers({
          'content-type': type,
          'content-length': String(row.size),
          'content-disposition': dispositionOf(row.name, kind),
          'content-security-policy': "default-src 'none'; sandbox",
        })
        .send(await call.context.files.get(row.file));
    },
  }),
];
