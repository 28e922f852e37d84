/** Headers of forwarding, in the order in which `clientAddress` wants them. */
export const FORWARDING_HEADERS = [
  'x-forwarded-for',
  'x-sentry-forwarded-for',
  'cf-connecting-ip',
  'x-vercel-forwarded-for',
] as const;

/**
 * The client's address: the peer, unless the peer is a trusted proxy; then the forwarding chain is walked from the right past trusted
 * proxies, because everything left of the first untrusted entry was written by the client itself. A further header counts only while all
 * that is known so far is trusted: a tunnel of one's own says in it whose events it passes on.
 *
 * @param forwarded values of `FORWARDING_HEADERS`: addresses separated by commas, the nearest last; ports and brackets are taken off.
 * @param isTrusted tells whether an address belongs to a configured proxy; must not throw for text that is no address.
 */
export function clientAddress(
  peer: string,
  forwarded: readonly (string | undefined)[],
  isTrusted: (address: string) => boolean,
): string {
  let client = bareAddress(peer);
  for (const chain of forwarded) {
    if (chain === undefined) continue;
    if (!isTrusted(client)) break;
    client = walk(client, chain, isTrusted);
  }
  return client;
}

function walk(from: string, forwardedFor: string, isTrusted: (address: string) => boolean): string {
  let client = from;
  const chain = forwardedFor.split(',');
  for (let index = chain.length - 1; index >= 0; index--) {
    const entry = bareAddress((chain[index] ?? '').trim());
    if (!isAddress(entry)) return client;
    client = entry;
    if (!isTrusted(client)) return client;
  }
  return client;
}

/** Takes off what proxies add: `::ffff:` of an IPv4 address in IPv6, brackets, a port. */
function bareAddress(text: string): string {
  if (text.startsWith('[')) {
    const end = text.indexOf(']');
    return end === -1 ? text : text.slice(1, end);
  }
  const lower = text.toLowerCase();
  if (lower.startsWith('::ffff:') && lower.includes('.')) return text.slice(7);
  const colon = text.indexOf(':');
  return colon !== -1 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text;
}

/** Good enough to refuse `unknown`, `_hidden` and junk: what it lets through is parsed again before it is stored. */
function isAddress(text: string): boolean {
  return text.length <= 45 && /^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*)$/.test(text);
}
