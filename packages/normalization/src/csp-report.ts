import type { JsonObject } from '@culprit/protocol';

/** What a report becomes in an event. */
export interface ReportFacts {
  readonly message: string;
  readonly culprit?: string;
  /** Of the document, or the host. */
  readonly url?: string;
  readonly referrer?: string;
  readonly tags: { readonly [key: string]: string };
  /** The report with the names that are stored. */
  readonly report: JsonObject;
}

/** Longer is no URL that needs to be looked into. */
const MAX_CHARS = 8192;

/** How a directive is called in the title; one that is not here by its own name. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['child-src', 'child'],
  ['connect-src', 'connect'],
  ['font-src', 'font'],
  ['img-src', 'image'],
  ['manifest-src', 'manifest'],
  ['media-src', 'media'],
  ['object-src', 'object'],
  ['script-src', 'script'],
  ['script-src-attr', 'script'],
  ['script-src-elem', 'script'],
  ['style-src', 'style'],
  ['style-src-attr', 'style'],
  ['style-src-elem', 'style'],
]);

/**
 * A violation of the Content Security Policy, its keys already in snake case. Undefined when it does not tell which directive was violated.
 */
export function readCspReport(sent: JsonObject): ReportFacts | undefined {
  const violated = textOf(sent.violated_directive);
  const directive = (textOf(sent.effective_directive) || (violated.split(/\s/, 1)[0] ?? '')).toLowerCase();
  if (!/^[a-z][a-z-]{1,60}$/.test(directive)) return undefined;
  const blocked = textOf(sent.blocked_uri);
  const document = textOf(sent.document_uri);
  return {
    message: messageOf(directive, blocked, violated),
    culprit: culpritOf(violated, document),
    url: document,
    referrer: textOf(sent.referrer),
    tags: {
      'effective-directive': directive,
      'blocked-uri': isSelf(blocked) ? 'self' : withoutSecrets(blocked),
    },
    report: { ...sent, effective_directive: directive },
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim().slice(0, MAX_CHARS) : '';
}

function isSelf(blocked: string): boolean {
  return blocked === '' || blocked === 'self' || blocked === "'self'";
}

function messageOf(directive: string, blocked: string, violated: string): string {
  const kind = KINDS.get(directive) ?? directive;
  const isScript = kind === 'script';
  // Browsers of today say what was blocked instead of nothing.
  if (blocked === 'eval' || blocked === 'wasm-eval') return `Blocked unsafe eval() '${kind}'`;
  if (blocked === 'inline') return isScript ? "Blocked unsafe inline 'script'" : `Blocked inline '${kind}'`;
  if (!isSelf(blocked)) return `Blocked '${kind}' from '${originOf(blocked)}'`;
  if (!isScript) return `Blocked inline '${kind}'`;
  const inline = violated.includes("'unsafe-inline'");
  const evaluated = violated.includes("'unsafe-eval'");
  if (inline === evaluated) return "Blocked unsafe (eval() or inline) 'script'";
  return inline ? "Blocked unsafe inline 'script'" : "Blocked unsafe eval() 'script'";
}

/** Names that stand for a whole scheme: browsers send them without a colon. */
const SCHEMES: ReadonlySet<string> = new Set(['data', 'blob', 'filesystem', 'mediastream', 'about', 'file']);

/** Where something came from: a host with its port, or the scheme of what has no host. */
function originOf(uri: string): string {
  if (SCHEMES.has(uri)) return `${uri}:`;
  const authority = uri.indexOf('://');
  if (authority >= 0) return hostOf(uri.slice(authority + 3)) || uri;
  const scheme = uri.slice(0, uri.indexOf(':') + 1);
  return scheme.length > 1 && SCHEMES.has(scheme.slice(0, -1)) ? scheme : hostOf(uri);
}

function hostOf(rest: string): string {
  let end = rest.length;
  for (let i = 0; i < end; i++) {
    const character = rest.charAt(i);
    if (character === '/' || character === '?' || character === '#') end = i;
  }
  const host = rest.slice(0, end);
  return host.slice(host.lastIndexOf('@') + 1);
}

/** What was violated; a source that is the document's own is `'self'`, which is what the policy says and some browsers spell out. */
function culpritOf(violated: string, document: string): string {
  const [directive = '', ...sources] = violated.split(/\s+/);
  return [directive, ...sources.map((source) => (isOwn(source, document) ? "'self'" : source))]
    .join(' ')
    .trim();
}

function isOwn(source: string, document: string): boolean {
  const scheme = document.slice(0, document.indexOf('://'));
  const host = scheme === '' ? '' : hostOf(document.slice(scheme.length + 3));
  if (host === '') return false;
  return source === host || source === `${scheme}://${host}`;
}

/** Stripe puts secrets into query strings. */
function withoutSecrets(uri: string): string {
  return uri.startsWith('https://api.stripe.com/') ? (uri.split('?', 1)[0] ?? '') : uri;
}
