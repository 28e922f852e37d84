import { createHash, randomBytes } from 'node:crypto';
import type {} from '@fastify/cookie';
import type { FastifyReply } from 'fastify';
import type { WebContext } from '../context.ts';
import { deleteExpiredSessions, insertSession } from '../store/credentials.ts';

export const SESSION_COOKIE = 'culprit_session';
const SESSION_MS = 14 * 24 * 3600 * 1000;

/** What is stored of a session: it has 256 random bits, so a fast hash is enough. */
export function hashSession(cookie: string): Buffer {
  return createHash('sha256').update(cookie).digest();
}

/** Makes a session of 14 days and sets its cookie. */
export async function startSession(context: WebContext, reply: FastifyReply, userId: string): Promise<void> {
  const cookie = randomBytes(32).toString('base64url');
  const now = context.clock.now();
  await deleteExpiredSessions(context.database, userId, new Date(now));
  await insertSession(context.database, {
    idHash: hashSession(cookie),
    userId,
    createdAt: new Date(now),
    expiresAt: new Date(now + SESSION_MS),
  });
  reply.setCookie(SESSION_COOKIE, cookie, { ...cookieOptions(context), maxAge: SESSION_MS / 1000 });
}

/** Takes the cookie away. */
export function clearSessionCookie(context: WebContext, reply: FastifyReply): void {
  reply.clearCookie(SESSION_COOKIE, cookieOptions(context));
}

function cookieOptions(context: WebContext) {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: context.publicUrl.startsWith('https:'),
  } as const;
}
