/** Characters as people count them for limits: code points, not UTF-16 units. */
export function charCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    if (isPairAt(text, i)) {
      count--;
      i++;
    }
  }
  return count;
}

function isPairAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0xd800 || code > 0xdbff) return false;
  const next = text.charCodeAt(at + 1);
  return next >= 0xdc00 && next <= 0xdfff;
}

/** Cuts text to `limit` characters (code points), the last three being dots. */
export function cutText(text: string, limit: number): string {
  let end = 0;
  for (let left = limit - 3; left > 0 && end < text.length; left--) end += isPairAt(text, end) ? 2 : 1;
  return `${text.slice(0, end)}...`;
}

/** Cuts text to `room` UTF-16 units, the last three being dots; never through a surrogate pair. */
export function cutToRoom(text: string, room: number): string {
  const end = room - 3;
  return `${text.slice(0, end > 0 && isPairAt(text, end - 1) ? end - 1 : Math.max(end, 0))}...`;
}

/** Text of a scalar as Relay writes it in lenient places: `True`, `42`; undefined for what is not a scalar. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return undefined;
}

/** Whether the text has at most `limit` bytes of UTF-8. */
export function fitsBytes(text: string, limit: number): boolean {
  if (text.length > limit) return false;
  if (text.length * 3 <= limit) return true;
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
    if (code >= 0xd800 && code <= 0xdbff) {
      bytes++;
      i++;
    }
  }
  return bytes <= limit;
}

/** Whether a character below space, or DEL, is in the text. */
export function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
