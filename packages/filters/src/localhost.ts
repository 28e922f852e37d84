/** What tells where a page or a server ran. */
export interface Whereabouts {
  /** Of the user. */
  readonly ipAddress: string | undefined;
  readonly url: string | undefined;
  /** The value of a request header, by its name in lower case. */
  header(name: string): string | undefined;
}

/** Whether it happened on the developer's own machine. Ports make no difference. */
export function isLocal({ ipAddress, url, header }: Whereabouts): boolean {
  if (isLocalAddress(ipAddress) || isLocalAddress(header('x-forwarded-for')?.trim())) return true;
  if (url !== undefined) return isLocalUrl(url);
  return isLocalName(header('host')) || isLocalName(header('x-forwarded-host'));
}

function isLocalAddress(text: string | undefined): boolean {
  return text === '127.0.0.1' || text === '::1';
}

function isLocalName(header: string | undefined): boolean {
  const name = header?.trim().split(':', 1)[0]?.toLowerCase();
  return name === 'localhost' || name === '127.0.0.1';
}

function isLocalUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  if (url.protocol === 'file:') return true;
  return url.hostname === '127.0.0.1' || url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
}
