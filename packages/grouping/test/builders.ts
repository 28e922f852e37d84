import type { Exception, Frame, NormalizedEvent } from '@culprit/protocol';

/** An event as normalization leaves it. */
export function event(parts: Record<string, unknown>): NormalizedEvent {
  return {
    event_id: '0'.repeat(32),
    project: 1,
    key_id: null,
    received: 1_795_000_000,
    timestamp: 1_795_000_000,
    type: 'default',
    level: 'error',
    version: '7',
    platform: 'python',
    ...parts,
  } as unknown as NormalizedEvent;
}

/** An event with one exception. */
export function thrown(exception: Exception, parts: Record<string, unknown> = {}): NormalizedEvent {
  return event({ type: 'error', exception: { values: [exception] }, ...parts });
}

/** An exception with these frames, oldest first. */
export function withFrames(...frames: Frame[]): Exception {
  return { type: 'ValueError', value: 'no', stacktrace: { frames } };
}

export const app = (parts: Frame): Frame => ({ in_app: true, ...parts });
export const system = (parts: Frame): Frame => ({ in_app: false, ...parts });
