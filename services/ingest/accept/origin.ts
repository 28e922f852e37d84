/** Where the page lives that sends: `Origin`, else the origin of `Referer`; only http and https. */
export function originOf(headers: {
  readonly origin?: string | undefined;
  readonly referer?: string | undefined;
}): string | undefined {
  return webOrigin(headers.origin) ?? webOrigin(headers.referer);
}

/** A sandboxed page says `null`. */
function webOrigin(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.origin : undefined;
}

/**
 * Whether an origin may send, by patterns such as `*`, `http://*`, `valid.com`, `http://valid.com`, `*.domain.com` (the domain itself and
 * what is below it), `*:8080`. A pattern without scheme or port fits any.
 */
export function isAllowedOrigin(origin: string, patterns: readonly string[]): boolean {
  if (patterns.includes('*')) return true;
  const url = new URL(origin);
  return patterns.some((pattern) => fits(url, pattern.trim().toLowerCase()));
}

function fits(url: URL, pattern: string): boolean {
  if (pattern === '*') return true;
  const schemeEnd = pattern.indexOf('://');
  if (schemeEnd !== -1 && pattern.slice(0, schemeEnd) !== url.protocol.slice(0, -1)) return false;
  const place = schemeEnd === -1 ? pattern : pattern.slice(schemeEnd + 3);
  const colon = place.lastIndexOf(':');
  const hasPort = colon !== -1 && !place.endsWith(']');
  const host = hasPort ? place.slice(0, colon) : place;
  if (hasPort && place.slice(colon + 1) !== portOf(url)) return false;
  if (host === '*') return true;
  if (host.startsWith('*.')) return url.hostname === host.slice(2) || url.hostname.endsWith(host.slice(1));
  return host !== '' && url.hostname === host;
}

function portOf(url: URL): string {
  if (url.port !== '') return url.port;
  return url.protocol === 'https:' ? '443' : '80';
}
