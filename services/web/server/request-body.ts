import type { FastifyInstance } from 'fastify';
import { Refusal } from './refusal.ts';

/** Deeper than anything we read; what writes JSON again would run out of stack far beyond it. */
const MOST_DEPTH = 50;

/** JSON only, and an empty body is none. A page of another origin cannot send this content type without asking first. */
export function readJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : parseBody(String(text)));
    } catch (error) {
      done(error instanceof Refusal ? error : new Refusal(400, { detail: 'The body is not JSON' }));
    }
  });
}

function parseBody(text: string): object {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) {
    throw new Refusal(400, { detail: 'The body must be a JSON object or list' });
  }
  checkValues(value);
  return value;
}

/** PostgreSQL has no text for these. */
function checkText(text: string): void {
  if (text.includes('\0')) throw new Refusal(400, { detail: 'Text must not contain U+0000' });
  if (!text.isWellFormed()) throw new Refusal(400, { detail: 'Text must not contain half a character' });
}

/** Level by level, without recursion: the body may be nested as deep as it is long. */
function checkValues(root: object): void {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_DEPTH) throw new Refusal(400, { detail: 'The body is nested too deeply' });
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string') checkText(value);
      if (typeof value === 'object' && value !== null)
        for (const [key, inner] of Object.entries(value)) next.push(key, inner);
    }
    level = next;
  }
}
