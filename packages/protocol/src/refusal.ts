/**
 * A refusal at the edge, as a value: what the client is told and what is counted.
 * `detail` goes to the client (JSON `detail` and `X-Sentry-Error`), so it never holds anything the client did not send itself.
 */
export interface Refusal {
  readonly ok: false;
  /** HTTP status code, 4xx or 5xx. */
  readonly status: number;
  readonly detail: string;
  /** Reason of the outcome, as Relay names it. */
  readonly reason: string;
}

/** Makes a refusal. */
export function refuse(status: number, detail: string, reason: string): Refusal {
  return { ok: false, status, detail, reason };
}
