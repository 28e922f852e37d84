const MOST_CHARACTERS = 2_000;

function write(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === 0) return Array.isArray(value) ? '[…]' : '{…}';
  if (Array.isArray(value)) return `[${value.map((one) => write(one, depth - 1)).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, one]) => `${key}: ${write(one, depth - 1)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** A value as one line of code-like text: `{ code: "HARBOR10", value: 10 }`. Strings at the top stand bare when `isPlain`. */
export function valueText(value: unknown, isPlain = false): string {
  const text = isPlain && typeof value === 'string' ? value : write(value, 5);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
