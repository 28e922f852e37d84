import type { z } from 'zod';

/** An answer that is no success. Thrown by a handler, sent by the error handler as it is; nothing is logged. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: { readonly detail: string } | Readonly<Record<string, readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: Refusal['body'], headers: Refusal['headers'] = {}) {
    super(`refused with ${status}`);
    this.name = 'Refusal';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export function notFound(): Refusal {
  return new Refusal(404, { detail: 'The requested resource does not exist' });
}

export function notLoggedIn(): Refusal {
  return new Refusal(401, { detail: 'Authentication credentials were not provided.' });
}

export function notAllowed(detail = 'You do not have permission to perform this action.'): Refusal {
  return new Refusal(403, { detail });
}

export function badField(field: string, reason: string): Refusal {
  return new Refusal(400, { [field]: [reason] });
}

/** 400 that names each field that does not fit, with reasons; what concerns the whole body stands under `detail`. */
export function badFields(error: z.ZodError): Refusal {
  const fields: Record<string, string[]> = {};
  for (const issue of error.issues) {
    const field = issue.path.join('.') || 'nonFieldErrors';
    const reasons = fields[field] ?? [];
    fields[field] = reasons;
    reasons.push(issue.message);
  }
  return new Refusal(400, fields);
}
