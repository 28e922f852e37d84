import { normalizeEvent } from '@culprit/normalization';
import { drop, ok, type StageResult } from '@culprit/pipeline';
import type { DecodedEvent, NormalizedRecord, StageContext } from './types.ts';

/** JSON to the event as it is stored. */
export function normalize(decoded: DecodedEvent, context: StageContext): StageResult<NormalizedRecord> {
  const { header, offset } = decoded;
  if (context.project(header.project_id) === undefined) return drop('invalid', 'project_id');
  const normalized = normalizeEvent(decoded.json, {
    projectId: header.project_id,
    keyId: header.key_id,
    eventId: header.id,
    received: header.received,
    itemType: header.item_type,
    sentAt: header.sent_at,
    clientIp: header.client_ip,
    userAgent: header.user_agent,
    sdkClient: header.sdk_client,
  });
  if (!normalized.ok) return drop('invalid', normalized.reason);
  const event =
    header.attachments === undefined
      ? normalized.event
      : { ...normalized.event, attachments: header.attachments };
  return ok({ offset, header, event });
}
