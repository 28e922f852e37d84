import { filterEvent, hasPayloadFilter, isBlockedAddress } from '@culprit/filters';
import { normalizeEvent, securityReportToEvent } from '@culprit/normalization';
import type { EventId, FilterSettings, JsonObject } from '@culprit/protocol';
import type { Sent } from '../accept/sent.ts';
import type { EventItem } from '../accept/sort-items.ts';

/** Of an event that goes no further. */
const NO_ID = '0'.repeat(32) as EventId;

/** Filters of security reports are on by default and concern nothing else. */
const withoutReports = new WeakMap<FilterSettings, FilterSettings>();

/**
 * Whether the project does not want the event: it then costs no quota. What becomes of it is decided when it is processed, by the same
 * rules. The payload is only read where a filter is on that asks for it.
 */
export function isUnwanted(
  event: EventItem,
  json: () => JsonObject | undefined,
  { admitted, clientIp, userAgent, clientHints }: Sent,
  facts: { readonly received: number; readonly sentAt: string | undefined },
): boolean {
  const { key, auth } = admitted;
  const filters = filtersFor(event, key.settings.filters);
  if (isBlockedAddress(clientIp, filters)) return true;
  if (!hasPayloadFilter(filters)) return false;
  const sent = json();
  if (sent === undefined) return false;
  const payload = payloadOf(event, sent, { clientIp, userAgent });
  const normalized =
    payload &&
    normalizeEvent(payload, {
      projectId: key.projectId,
      keyId: key.keyId,
      eventId: NO_ID,
      received: facts.received,
      itemType: event.itemType,
      sentAt: facts.sentAt,
      clientIp,
      userAgent,
      clientHints,
      sdkClient: auth.client,
    });
  return (
    normalized?.ok === true && filterEvent(normalized.event, filters, { clientIp, userAgent }) !== undefined
  );
}

function filtersFor({ itemType }: EventItem, filters: FilterSettings): FilterSettings {
  if (itemType === 'security') return filters;
  let others = withoutReports.get(filters);
  if (others === undefined) {
    others = { ...filters, cspIgnoredSources: [], cspIgnoredSourcesDefaults: false };
    withoutReports.set(filters, others);
  }
  return others;
}

function payloadOf(
  { itemType, report }: EventItem,
  json: JsonObject,
  request: { readonly clientIp: string; readonly userAgent: string | undefined },
): JsonObject | undefined {
  if (itemType !== 'security') return json;
  const { release, environment } = report ?? {};
  const made = securityReportToEvent(json, { release, environment, ...request });
  return made.ok ? made.event : undefined;
}
