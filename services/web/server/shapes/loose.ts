/** Reading JSON whose fields may be missing, null or of another type than expected. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Empty text is no text. */
export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

export function recordOrNull(value: unknown): Record<string, unknown> | null {
  return isRecord(value) ? value : null;
}

/** The list under `values`, without the holes that normalization leaves for what it could not read. */
export function valuesOf(container: unknown): readonly Record<string, unknown>[] {
  const values = isRecord(container) ? container.values : undefined;
  return Array.isArray(values) ? values.filter(isRecord) : [];
}

/** `[name, value]` pairs; an object counts as pairs too. */
export function pairsOf(value: unknown): [string, string | null][] {
  if (isRecord(value)) return Object.entries(value).map(([key, inner]) => [key, textOf(inner)]);
  if (!Array.isArray(value)) return [];
  return value.flatMap((pair): [string, string | null][] =>
    Array.isArray(pair) && typeof pair[0] === 'string' ? [[pair[0], textOf(pair[1])]] : [],
  );
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? null);
}
