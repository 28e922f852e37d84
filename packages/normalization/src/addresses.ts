import ipaddr from 'ipaddr.js';

/** Whether the text is an IPv4 address of four decimal parts or an IPv6 address. */
export function isIpAddress(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length >= 2 &&
    value.length <= 45 &&
    (ipaddr.IPv4.isValidFourPartDecimal(value) || ipaddr.IPv6.isValid(value))
  );
}

const MAPPED = '::ffff:';

/** The address of a client as its IPv4 address when a socket gave it as IPv6 (`::ffff:203.0.113.9`); undefined for what is none. */
export function clientAddress(value: unknown): string | undefined {
  if (!isIpAddress(value)) return undefined;
  const inner = value.slice(MAPPED.length);
  return value.toLowerCase().startsWith(MAPPED) && ipaddr.IPv4.isValidFourPartDecimal(inner) ? inner : value;
}
