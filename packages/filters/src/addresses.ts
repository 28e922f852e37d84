import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Block = readonly [Address, number];

/** Tells whether an address is one of a list. */
export type AddressTest = (address: string | undefined) => boolean;

/** A test for addresses and CIDR blocks; entries that are neither match nothing. IPv4 written as IPv6 (`::ffff:…`) is the same address. */
export function compileAddresses(entries: readonly string[]): AddressTest {
  const exact = new Set<string>();
  const blocks: Block[] = [];
  for (const entry of entries) {
    const text = entry.trim();
    const address = parseAddress(text);
    if (address !== undefined) exact.add(address.toString());
    else if (ipaddr.isValidCIDR(text)) blocks.push(ipaddr.parseCIDR(text));
  }
  if (exact.size === 0 && blocks.length === 0) return () => false;
  return (text) => {
    const address = text === undefined ? undefined : parseAddress(text);
    if (address === undefined) return false;
    if (exact.has(address.toString())) return true;
    return blocks.some(
      ([network, bits]) => address.kind() === network.kind() && address.match(network, bits),
    );
  };
}

/** 45 characters is the longest IPv6 address. */
function parseAddress(text: string): Address | undefined {
  if (text.length > 45 || !(ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text))) {
    return undefined;
  }
  return ipaddr.process(text);
}
