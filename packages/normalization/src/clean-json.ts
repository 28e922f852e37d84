/** Whether JSON text may hold, as escapes, characters that `cleanJson` takes away. */
export function mayHoldBadCharacters(json: string): boolean {
  return json.includes('\\u0000') || json.includes('\\ud') || json.includes('\\uD');
}

/** The text without NUL, and U+FFFD for lone surrogates: PostgreSQL refuses both. */
function cleanText(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed();
  return formed.includes('\u0000') ? formed.replaceAll('\u0000', '') : formed;
}

/** Cleans every text and key of a parsed value in place. A work list instead of recursion: nesting has no bound yet. */
export function cleanJson(root: unknown): unknown {
  const holder = [root];
  const work: unknown[] = [holder];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if (Array.isArray(next)) {
      for (let i = 0; i < next.length; i++) next[i] = cleanedValue(next[i], work);
    } else {
      cleanObject(next as Record<string, unknown>, work);
    }
  }
  return holder[0];
}

function cleanedValue(value: unknown, work: unknown[]): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'object' && value !== null) work.push(value);
  return value;
}

function cleanObject(object: Record<string, unknown>, work: unknown[]): void {
  for (const key of Object.keys(object)) {
    if (key === '__proto__') {
      delete object[key];
      continue;
    }
    const name = cleanText(key);
    const value = cleanedValue(object[key], work);
    if (name !== key) delete object[key];
    object[name] = value;
  }
}
