import type { JsonObject, NormalizedEvent } from '@culprit/protocol';

/** Parts of a security report: what was violated and by whom; undefined when the event is none. */
export function securityParts(event: NormalizedEvent): readonly string[] | undefined {
  const csp = event.csp as JsonObject | undefined;
  if (csp) return ['csp', textOf(csp.effective_directive ?? csp.violated_directive), blockedSource(csp)];
  for (const kind of ['expectct', 'expectstaple', 'hpkp'] as const) {
    const report = event[kind] as JsonObject | undefined;
    if (report) return [kind, textOf(report.hostname)];
  }
  return undefined;
}

/** The first word of a directive or a host: enough, and bounded. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? (value.slice(0, 256).split(' ', 1)[0] ?? '') : '';
}

/** The blocked host; for another scheme than http its name too; `'self'` for the page itself. */
function blockedSource(csp: JsonObject): string {
  const blocked = textOf(csp.blocked_uri).toLowerCase();
  if (blocked === '' || blocked === 'self' || blocked === "'self'" || blocked === 'inline') return "'self'";
  const host = hostOf(blocked);
  if (host !== '' && host === hostOf(textOf(csp.document_uri).toLowerCase())) return "'self'";
  if (blocked.startsWith('data:')) return 'data';
  if (host === '') return blocked;
  return blocked.startsWith('http') ? host : `${blocked.slice(0, blocked.indexOf('://') + 3)}${host}`;
}

function hostOf(url: string): string {
  const start = url.indexOf('://');
  if (start < 0) return '';
  const end = url.indexOf('/', start + 3);
  return url.slice(start + 3, end < 0 ? url.length : end);
}
