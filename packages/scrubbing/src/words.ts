/** Names of what nobody should read. A name that holds one is scrubbed. Lower case. */
const WORDS = [
  'password',
  'passwd',
  'secret',
  'api_key',
  'api-key',
  'apikey',
  'auth',
  'credentials',
  'mysql_pwd',
  'privatekey',
  'private_key',
  'private-key',
];
/** Names that are scrubbed only as a whole. */
const WHOLE_WORDS: ReadonlySet<string> = new Set(['otp', 'two_factor', 'two-factor']);

/** Whether a field of this name, given in lower case, holds a password. */
export function namesSecret(lower: string): boolean {
  return lower.includes('token') || WHOLE_WORDS.has(lower) || WORDS.some((word) => lower.includes(word));
}

/** Whether a text speaks of a password: it may be one that was written down together with its name. */
export function holdsSecret(text: string): boolean {
  const lower = text.toLowerCase();
  return WORDS.some((word) => lower.includes(word)) || assignsToken(lower) || bearsToken(lower);
}

/** `token…:` or `token…=` without white space between. Linear: what has no sign after the first `token` of a run has none after the others. */
function assignsToken(lower: string): boolean {
  for (let at = lower.indexOf('token'); at >= 0; ) {
    let end = at + 5;
    for (; end < lower.length; end++) {
      const code = lower.charCodeAt(end);
      if (code === 58 || code === 61) return true;
      if (code <= 32 || code === 0xa0) break;
    }
    at = lower.indexOf('token', end);
  }
  return false;
}

const BEARER = /\bbearer\s{1,50}\S/;

function bearsToken(lower: string): boolean {
  return lower.includes('bearer') && BEARER.test(lower);
}

/** Cookies of sessions and against forged requests, by the names that frameworks give them. Lower case. */
export const SENSITIVE_COOKIES: ReadonlySet<string> = new Set(
  `sentrysid sudo su session __session sessionid user_session symfony phpsessid fasthttpsessionid mysession irissessionid _vercel_jwt
   csrf xsrf _xsrf _csrf csrf-token csrf_token xsrf-token xsrf_token fastcsrf _iris_csrf`.split(/\s+/),
);
