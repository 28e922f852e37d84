const KINDS = ['id', 'email', 'username', 'ip'] as const;

/**
 * What an event of this person may carry among its identities. `email:x` (or `id:`, `username:`, `ip:`) means that one form, anything
 * else all four. Addresses of mail are stored in lower case.
 */
export function identityFormsOf(query: string): readonly string[] {
  const text = query.trim();
  const colon = text.indexOf(':');
  const named = KINDS.find((kind) => kind === text.slice(0, colon));
  const value = named === undefined ? text : text.slice(colon + 1).trim();
  if (value === '') return [];
  return (named === undefined ? KINDS : [named]).map((kind) =>
    kind === 'email' ? `email:${value.toLowerCase()}` : `${kind}:${value}`,
  );
}
