/** What people call an issue: the project's slug and the number in it, `SHOP-2K7`. */
export function shortIdOf(projectSlug: string, number: number | string): string {
  return `${projectSlug.toUpperCase()}-${Number(number).toString(36).toUpperCase()}`;
}

/** Slug and number of a short id in any case; undefined for what is none. */
export function parseShortId(
  text: string,
): { readonly projectSlug: string; readonly number: number } | undefined {
  const dash = text.lastIndexOf('-');
  const digits = text.slice(dash + 1);
  // Ten digits of base 36 are below 2^53.
  if (dash < 1 || dash > 100 || !/^[0-9A-Za-z]{1,10}$/.test(digits)) return undefined;
  const number = Number.parseInt(digits, 36);
  return number === 0 ? undefined : { projectSlug: text.slice(0, dash).toLowerCase(), number };
}
