import type { RateLimit, Refusal } from '@culprit/protocol';

/** What becomes of a request; `aborted` when nobody is there any more. */
export type Answer = Success | Refusal | Exceeded | 'aborted';

/** Something of the request was over a quota. The rest of it was taken all the same. */
export interface Exceeded extends Refusal {
  readonly status: 429;
  readonly exceeded: readonly RateLimit[];
  /** What else the sender may stop sending for a while. */
  readonly limits: readonly RateLimit[];
}

export interface Success {
  readonly ok: true;
  /** The event's id. */
  readonly id?: string;
  /** What the sender may stop sending for a while. */
  readonly limits?: readonly RateLimit[];
}
