import { type EnvelopeItem, type Refusal, refuse } from '@culprit/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptItems } from '../accept/accept-items.ts';
import { type Admitted, admitRequest } from '../accept/admit.ts';
import type { Answer, Success } from '../accept/answer.ts';
import { refuseItems, refuseLargeCrash, refuseRequest } from '../accept/count-drops.ts';
import { eventIdOfPayload } from '../accept/event-id.ts';
import { withEventOfCrash } from '../accept/event-of-crash.ts';
import { sentBy } from '../accept/sent.ts';
import { sortItems } from '../accept/sort-items.ts';
import { type FormFile, parseForm } from '../body/multipart.ts';
import { type Body, readBody } from '../body/read-body.ts';
import type { IngestContext } from '../context.ts';
import { nameOfOpened, openDump } from '../crash/decompress-dump.ts';
import type { FormField } from '../crash/form-fields.ts';
import { claimOf, mediaTypeOf } from './submission.ts';

const DUMP_FIELD = 'upload_file_minidump';
/** What a file is by the name of its field; every other one is a plain attachment. */
const TYPES: Readonly<Record<string, string>> = {
  [DUMP_FIELD]: 'event.minidump',
  '__sentry-event': 'event.payload',
  '__sentry-breadcrumb1': 'event.breadcrumbs',
  '__sentry-breadcrumb2': 'event.breadcrumbs',
  'view-hierarchy.json': 'event.view_hierarchy',
};
/** The dump, its three descriptions, and as many attachments as an envelope may have. */
const MAX_FILES = 34;
const MAX_FIELDS = 500;

/** `POST /api/{project}/minidump/`: a form of a native crash reporter, or the dump itself. */
export async function submitMinidump(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const admitted = await admitRequest(claimOf(request), context);
  if (!admitted.ok) return admitted;
  const { limits, admission, metrics } = context;
  const bodyLimits = { maxBytes: limits.envelopeBytes, idleMs: limits.bodyIdleMs };
  const body = await readBody(request.raw, bodyLimits, admission);
  if (body === 'aborted') return body;
  if (!body.ok) return refuseRequest(body, admitted.key, context);
  // The parts of a form are copies, and so is a dump that is decompressed.
  const copies = body.bytes.length + limits.attachmentBytes;
  const isReserved = admission.reserve(copies);
  try {
    if (!isReserved) return refuse(503, 'too many bytes in flight', 'overload');
    metrics.wireBytes.inc(body.wireBytes);
    metrics.bodyBytes.inc(body.bytes.length);
    return await acceptDump(request, body, admitted, context);
  } finally {
    if (isReserved) admission.release(copies);
    body.release();
  }
}

/** Crash reporters of old read the id as a UUID and nothing else. */
export function sendUuid(reply: FastifyReply, { id }: Success): FastifyReply {
  const dashed = (id ?? '').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return reply.type('text/plain').send(dashed);
}

async function acceptDump(
  request: FastifyRequest,
  body: Body,
  admitted: Admitted,
  context: IngestContext,
): Promise<Answer> {
  const { key } = admitted;
  const upload = await readUpload(request, body, context);
  if ('ok' in upload) return refuseRequest(upload, key, context);
  const sorting = sortItems(upload.items, {
    limits: context.limits,
    received: context.clock.now(),
    keepsCrashReports: key.settings.attachments.maxCrashReports !== 0,
  });
  if (!sorting.ok) return refuseItems(sorting, upload.items, key, context);
  const said = upload.fields.reduce((sum, { value }) => sum + value.length, 0);
  // More than fits into an event is not even read.
  const sorted = withEventOfCrash(sorting.sorted, said > context.limits.eventBytes ? [] : upload.fields);
  const refusal = refuseLargeCrash(sorted, upload.items, key, context, said);
  if (refusal !== undefined) return refusal;
  const eventId = eventIdOfPayload(sorted.event?.payload ?? new Uint8Array(0));
  const answer = await acceptItems({ eventId, sorted }, sentBy(request, admitted, context), context);
  // A client that is told 429 sends the same dump for ever.
  return answer !== 'aborted' && !answer.ok && answer.status === 429 ? { ok: true, id: eventId } : answer;
}

interface Upload {
  readonly items: readonly EnvelopeItem[];
  readonly fields: readonly FormField[];
}

async function readUpload(
  request: FastifyRequest,
  body: Body,
  { limits }: IngestContext,
): Promise<Upload | Refusal> {
  if (body.bytes.length === 0) return refuse(400, 'empty body', 'no_data');
  if (mediaTypeOf(request) !== 'multipart/form-data') {
    const dump = await openDump(body.bytes, limits.attachmentBytes);
    if (!Buffer.isBuffer(dump)) return dump;
    return { items: [attachment('event.minidump', 'Minidump', undefined, dump)], fields: [] };
  }
  const formLimits = {
    fileBytes: limits.attachmentBytes,
    fieldBytes: limits.eventBytes,
    files: MAX_FILES,
    fields: MAX_FIELDS,
  };
  const isFile = (name: string): boolean => Object.hasOwn(TYPES, name);
  const form = await parseForm(body.bytes, request.sentContentType ?? '', formLimits, isFile);
  if (!form.ok) return form;
  const found = form.files.find(({ name }) => name === DUMP_FIELD);
  if (found === undefined) return refuse(400, 'missing minidump', 'missing_minidump_upload');
  const nested = await nestedDump(found.bytes, formLimits);
  const dump = await openDump(nested ?? found.bytes, limits.attachmentBytes);
  if (!Buffer.isBuffer(dump)) return dump;
  const items = form.files
    .filter(({ name }) => name !== DUMP_FIELD)
    .map(({ name, filename, contentType, bytes }) =>
      attachment(
        Object.hasOwn(TYPES, name) ? (TYPES[name] ?? '') : 'event.attachment',
        filename ?? name,
        contentType,
        bytes,
      ),
    );
  const name = nameOfOpened(found.filename ?? 'Minidump');
  return {
    items: [attachment('event.minidump', name, undefined, dump), ...items],
    fields: form.fields,
  };
}

/** Old Electron on Linux sends a form whose minidump is a form with the minidump. */
async function nestedDump(
  bytes: Buffer,
  limits: Parameters<typeof parseForm>[2],
): Promise<Buffer | undefined> {
  if (bytes[0] !== 0x2d || bytes[1] !== 0x2d) return undefined;
  const line = bytes.subarray(2, 100).toString('latin1');
  const boundary = /^[^\r\n"]{1,70}(?=\r?\n)/.exec(line)?.[0];
  if (boundary === undefined) return undefined;
  const type = `multipart/form-data; boundary="${boundary}"`;
  const form = await parseForm(bytes, type, limits, (name) => name === DUMP_FIELD);
  return form.ok ? form.files.find(({ name }: FormFile) => name === DUMP_FIELD)?.bytes : undefined;
}

function attachment(
  attachmentType: string,
  filename: string,
  contentType: string | undefined,
  payload: Uint8Array,
): EnvelopeItem {
  return {
    header: {
      type: 'attachment',
      filename,
      attachment_type: attachmentType,
      ...(contentType === undefined ? {} : { content_type: contentType }),
    },
    payload,
  };
}
