import type { RateLimit, Refusal } from '@culprit/protocol';

/** What becomes of a request; `aborted` when nobody is there any more. */
export type Answer = Success | Refusal | 'aborted';

export interface Success {
  readonly ok: true;
  /** The event's id. */
  readonly id?: string;
  /** What the sender may stop sending for a while. */
  readonly limits?: readonly RateLimit[];
}
