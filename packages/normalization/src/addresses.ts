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
