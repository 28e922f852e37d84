/** Cursor of the next page from a `Link` header, undefined on the last page. */
export function nextCursorOf(header: string | null): string | undefined {
  for (const part of (header ?? '').split(/,\s*(?=<)/)) {
    const attributes = new Map(
      part
        .split(';')
        .slice(1)
        .map((attribute) => {
          const at = attribute.indexOf('=');
          return [
            attribute.slice(0, at).trim(),
            attribute
              .slice(at + 1)
              .trim()
              .replaceAll('"', ''),
          ] as const;
        }),
    );
    if (attributes.get('rel') === 'next' && attributes.get('results') === 'true')
      return attributes.get('cursor');
  }
  return undefined;
}
