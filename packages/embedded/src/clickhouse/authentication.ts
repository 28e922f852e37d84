import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { refuse } from './errors.ts';
import { header } from './request.ts';

export const userName = 'culprit';

/**
 * Checks user and password, by basic auth or `X-ClickHouse-User` and `X-ClickHouse-Key`.
 *
 * @throws QueryError REQUIRED_PASSWORD (401) or AUTHENTICATION_FAILED (403)
 */
export function authenticate(request: IncomingMessage, password: string): void {
  const given = credentialsOf(request);
  if (given === undefined) throw refuse('REQUIRED_PASSWORD', 'Password required.');
  const isRight = isSame(given.user, userName) && isSame(given.password, password);
  if (!isRight) {
    throw refuse(
      'AUTHENTICATION_FAILED',
      `${userName}: Authentication failed: password is incorrect, or there is no user with such name.`,
    );
  }
}

function credentialsOf(request: IncomingMessage): { user: string; password: string } | undefined {
  const user = header(request, 'x-clickhouse-user');
  if (user !== undefined) return { user, password: header(request, 'x-clickhouse-key') ?? '' };
  const basic = header(request, 'authorization');
  if (basic === undefined || !basic.toLowerCase().startsWith('basic ')) return undefined;
  const text = Buffer.from(basic.slice(6), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** In constant time whatever the lengths. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
