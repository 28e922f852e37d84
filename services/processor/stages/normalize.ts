import { normalizeEvent, securityReportToEvent } from '@culprit/normalization';
import { drop, ok, type StageResult } from '@culprit/pipeline';
import type { EventRecordHeader } from '@culprit/protocol';
import type { DecodedEvent, NormalizedRecord, StageContext } from './types.ts';

/** JSON to the event as it is stored. */
export function normalize(decoded: DecodedEvent, context: StageContext): StageResult<NormalizedRecord> {
  const { header, offset } = decoded;
  const project = context.project(header.project_id);
  if (project === undefined) return drop('invalid', 'project_id');
  const payload = payloadOf(decoded.json, header);
  if (!payload.ok) return drop('invalid', payload.reason);
  const normalized = normalizeEvent(payload.event, {
    projectId: header.project_id,
    keyId: header.key_id,
    eventId: header.id,
    received: header.received,
    itemType: header.item_type,
    sentAt: header.sent_at,
    clientIp: header.client_ip,
    userAgent: header.user_agent,
    clientHints: header.client_hints,
    sdkClient: header.sdk_client,
    geo: context.geo,
    retentionDays: project.retentionDays ?? context.retentionDays,
  });
  if (!normalized.ok) return drop('invalid', normalized.reason);
  const event =
    header.attachments === undefined
      ? normalized.event
      : { ...normalized.event, attachments: header.attachments };
  return ok({ offset, header, event });
}

/** What a browser reports is no event yet. */
function payloadOf(json: unknown, header: EventRecordHeader) {
  if (header.item_type !== 'security') return { ok: true, event: json } as const;
  return securityReportToEvent(json, {
    release: header.report?.release,
    environment: header.report?.environment,
    userAgent: header.user_agent,
    clientIp: header.client_ip,
  });
}
