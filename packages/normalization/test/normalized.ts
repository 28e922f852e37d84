import type { EventId, ProjectId } from '@culprit/protocol';
import { type NormalizationContext, type NormalizationResult, normalizeEvent } from '../src/index.ts';

/** 2026-11-21T11:04:05.500Z, unix milliseconds. */
export const RECEIVED = 1_795_259_045_500;

/** Normalizes a payload as if project 42 had received it. */
export function normalized(
  payload: unknown,
  context: Partial<NormalizationContext> = {},
): NormalizationResult {
  return normalizeEvent(payload, {
    projectId: 42 as ProjectId,
    keyId: '7',
    eventId: 'f'.repeat(32) as EventId,
    received: RECEIVED,
    itemType: 'event',
    ...context,
  });
}
