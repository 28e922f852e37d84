import { type Refusal, refuse, type SecurityReportFacts } from '@culprit/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptItems } from '../accept/accept-items.ts';
import { admitRequest } from '../accept/admit.ts';
import type { Answer } from '../accept/answer.ts';
import { countDrops, refuseRequest } from '../accept/count-drops.ts';
import { oversized } from '../accept/item-limits.ts';
import { newRecordId } from '../accept/outcome-ledger.ts';
import { reportFactsOf } from '../accept/report-facts.ts';
import { type Sent, sentBy } from '../accept/sent.ts';
import { readBody } from '../body/read-body.ts';
import type { IngestContext } from '../context.ts';
import { claimOf, mediaTypeOf, queryOf } from './submission.ts';

const MEDIA_TYPES: ReadonlySet<string> = new Set([
  'application/json',
  'application/csp-report',
  'application/expect-ct-report',
  'application/expect-ct-report+json',
  'application/expect-staple-report',
  'application/expect-staple-report+json',
  'application/reports+json',
]);
/** Of one request of the Reporting API; browsers send what gathered within a minute. */
const MAX_REPORTS = 100;

/** `POST /api/{project}/security/` and `/csp-report/`: what browsers say about the policies of a page. */
export async function submitSecurityReport(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const admitted = await admitRequest(claimOf(request), context);
  if (!admitted.ok) return admitted;
  const contentType = mediaTypeOf(request);
  if (!MEDIA_TYPES.has(contentType)) {
    const refusal = refuse(415, 'unsupported content type of a security report', 'content_type');
    return refuseRequest(refusal, admitted.key, context);
  }
  const { limits, admission, metrics } = context;
  const bodyLimits = { maxBytes: limits.eventBytes, idleMs: limits.bodyIdleMs };
  const body = await readBody(request.raw, bodyLimits, admission);
  if (body === 'aborted') return body;
  if (!body.ok) {
    const refusal: Refusal = body.status === 413 ? oversized('security') : body;
    return refuseRequest(refusal, admitted.key, context);
  }
  try {
    metrics.wireBytes.inc(body.wireBytes);
    metrics.bodyBytes.inc(body.bytes.length);
    if (body.bytes.length === 0) {
      return refuseRequest(refuse(400, 'empty body', 'no_data'), admitted.key, context);
    }
    const report = factsOf(contentType, queryOf(request));
    return await acceptReports(splitReports(body.bytes), report, sentBy(request, admitted, context), context);
  } finally {
    body.release();
  }
}

/** Browsers ask for no more than the status. */
export function sendNothing(reply: FastifyReply): FastifyReply {
  return reply.status(200).send();
}

function factsOf(contentType: string, query: string): SecurityReportFacts {
  const params = new URLSearchParams(query);
  const release = params.get('sentry_release') ?? undefined;
  const environment = params.get('sentry_environment') ?? undefined;
  return reportFactsOf({ contentType, release, environment });
}

interface Reports {
  readonly taken: readonly Uint8Array[];
  /** How many there are beyond those. */
  readonly surplus: number;
}

/** The Reporting API sends a list, each entry of which becomes an event; everything else is one report. What is no JSON has an outcome later. */
function splitReports(bytes: Buffer): Reports {
  const whole = { taken: [bytes], surplus: 0 };
  const start = bytes.findIndex((byte) => byte > 0x20);
  if (bytes[start] !== 0x5b) return whole;
  try {
    const entries: unknown = JSON.parse(bytes.toString('utf8'));
    if (!Array.isArray(entries)) return whole;
    const taken = entries.slice(0, MAX_REPORTS).map((entry) => Buffer.from(JSON.stringify(entry)));
    return { taken, surplus: entries.length - taken.length };
  } catch {
    return whole;
  }
}

async function acceptReports(
  { taken, surplus }: Reports,
  report: SecurityReportFacts,
  sent: Sent,
  context: IngestContext,
): Promise<Answer> {
  const answers = await Promise.all(
    taken.map((payload) => {
      const event = { itemType: 'security', category: 'security', payload, report } as const;
      const sorted = { event, attachments: [], others: [], drops: [] };
      return acceptItems({ eventId: newRecordId(), sorted }, sent, context);
    }),
  );
  if (surplus > 0) {
    const reason = 'too_large:security';
    countDrops(
      [{ outcome: 'invalid', reason, category: 'security', quantity: surplus }],
      sent.admitted.key,
      context,
    );
  }
  return answers.find((answer) => answer === 'aborted' || !answer.ok) ?? { ok: true };
}
