import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PUBLIC } from './access/route.ts';

/** No inline scripts. Styles may be inline: components set positions on elements. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const YEAR_SECONDS = 365 * 24 * 3600;

/** Serves the built pages: files by their name, and `index.html` for every other path that is not the API's. */
export async function registerPages(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, { root: folder, serve: false, index: false, dotfiles: 'deny' });
  app.get('/assets/*', { config: { access: PUBLIC } }, (request, reply) => {
    const { '*': path = '' } = request.params as { '*'?: string };
    // They lie in one folder. A way out of it would give the page away without its policy, and for a year.
    if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/.test(path)) return reply.callNotFound();
    // Vite puts a hash of the content into the name.
    return reply.sendFile(join('assets', path), { maxAge: YEAR_SECONDS * 1000, immutable: true });
  });
  app.setNotFoundHandler((request, reply) => sendPage(folder, request, reply));
}

async function sendPage(folder: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const path = request.url.split('?', 1)[0] ?? '/';
  const isPage = request.method === 'GET' || request.method === 'HEAD';
  if (!isPage || path === '/api' || path.startsWith('/api/') || path.startsWith('/assets/')) {
    return reply.status(404).send({ detail: 'The requested resource does not exist' });
  }
  const file = /^\/[A-Za-z0-9_-]{1,64}\.(?:js|css|svg|png|ico|txt|woff2|webmanifest)$/.test(path)
    ? path.slice(1)
    : undefined;
  // Their names say nothing of their content, so browsers ask each time whether they changed.
  if (file !== undefined) return reply.sendFile(file, { maxAge: 0 });
  const page = await readIndex(folder);
  if (page === undefined) return reply.status(503).type('text/plain').send('The pages are not built yet.\n');
  return reply
    .type('text/html; charset=utf-8')
    .headers({ 'content-security-policy': CONTENT_SECURITY_POLICY, 'cache-control': 'no-cache' })
    .send(page);
}

/** Read for each page view: a new build shows at once, and the file is small. */
async function readIndex(folder: string): Promise<Buffer | undefined> {
  try {
    return await readFile(join(folder, 'index.html'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
