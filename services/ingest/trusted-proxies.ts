import ipaddr from 'ipaddr.js';
import type { Cidr } from './config.ts';

/** Tells whether an address belongs to a configured proxy; false for text that is no address. */
export function trustedProxies(ranges: readonly Cidr[]): (address: string) => boolean {
  if (ranges.length === 0) return () => false;
  return (text) => {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
  };
}
