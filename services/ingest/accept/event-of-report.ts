const INTERFACES = ['csp', 'hpkp', 'expectct', 'expectstaple'] as const;
const MAX_BYTES = 1024 * 1024;

/**
 * Whether the payload of a `security` item is an event that somebody made of a report: it has the report as one of its interfaces, whereas
 * a browser's own report has other keys at its top. Such items are rare, so they may be parsed here.
 */
export function isEventOfReport(payload: Uint8Array): boolean {
  if (payload.length > MAX_BYTES) return false;
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    return (
      typeof value === 'object' && value !== null && INTERFACES.some((name) => Object.hasOwn(value, name))
    );
  } catch {
    return false;
  }
}
