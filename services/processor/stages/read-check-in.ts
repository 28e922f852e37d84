import { Notes, normalizeEnvironment, normalizeRelease } from '@culprit/normalization';
import { drop, ok, type StageResult } from '@culprit/pipeline';
import { isNilEventId, parseEventId } from '@culprit/protocol';
import type { DecodedItem, ReadCheckIn } from './types.ts';

const STATUSES: readonly unknown[] = ['in_progress', 'ok', 'error', 'missed', 'timeout'];
const MOST_MONITOR = 50;

/** What a monitored job said: it began, it ended well or not. */
export function readCheckIn({ header, json, offset }: DecodedItem): StageResult<ReadCheckIn> {
  const { check_in_id: id, monitor_slug: slug, status, duration } = json;
  const monitor = typeof slug === 'string' ? slug.trim().toLowerCase() : '';
  if (monitor === '' || monitor.length > MOST_MONITOR) return drop('invalid', 'payload');
  if (typeof status !== 'string' || !STATUSES.includes(status)) return drop('invalid', 'payload');
  // None, or the nil id, is a check-in of one message.
  const checkInId = id === undefined || id === null || isNilEventId(id) ? header.id : parseEventId(id);
  if (checkInId === undefined) return drop('invalid', 'payload');
  return ok({
    offset,
    header,
    checkInId,
    monitor,
    status,
    duration:
      typeof duration === 'number' && Number.isFinite(duration) && duration >= 0 ? duration : undefined,
    environment: normalizeEnvironment(json.environment, new Notes()) ?? '',
    release: normalizeRelease(json.release, new Notes()) ?? '',
  });
}
