import type { FastifyRequest } from 'fastify';

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request that carries a session cookie comes from our own pages. Browsers say so in `Sec-Fetch-Site`; older ones send
 * `Origin` with everything but GET. A changing request with neither is refused: no browser page of ours sends such.
 */
export function isFromOwnPages(request: FastifyRequest, publicUrl: string): boolean {
  if (SAFE_METHODS.has(request.method)) return true;
  return originVerdict(request, publicUrl) === 'own';
}

/** Whether a login may be someone else's page logging a person in as another. Programs without a browser send neither header. */
export function isForeignPage(request: FastifyRequest, publicUrl: string): boolean {
  return originVerdict(request, publicUrl) === 'foreign';
}

function originVerdict(request: FastifyRequest, publicUrl: string): 'own' | 'foreign' | 'unknown' {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' ? 'own' : 'foreign';
  const { origin } = request.headers;
  if (origin === undefined) return 'unknown';
  if (origin === publicUrl) return 'own';
  return URL.canParse(origin) && new URL(origin).host === request.headers.host ? 'own' : 'foreign';
}
