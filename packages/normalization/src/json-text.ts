/** Depth from which nested values are not followed: keeps hostile nesting off the stack. Python programs have sent 489 levels. */
const MAX_DEPTH = 1_000;

/**
 * JSON text of a parsed value, at most about `maxChars` long: unlike `JSON.stringify` it stops there, and neither deep nesting nor size can
 * make it throw or take long. Text that was cut is no longer valid JSON.
 */
export function jsonText(value: unknown, maxChars: number): string {
  const writer = { text: '', left: maxChars };
  write(value, writer, MAX_DEPTH);
  return writer.text;
}

interface Writer {
  text: string;
  left: number;
}

function put(writer: Writer, piece: string): void {
  writer.text += piece;
  writer.left -= piece.length;
}

function write(value: unknown, writer: Writer, depth: number): void {
  if (writer.left <= 0) return;
  if (typeof value === 'string') {
    put(writer, JSON.stringify(value.length > writer.left ? value.slice(0, writer.left) : value));
  } else if (typeof value !== 'object' || value === null) {
    put(writer, JSON.stringify(value) ?? 'null');
  } else if (depth === 0) {
    put(writer, '"..."');
  } else if (Array.isArray(value)) {
    writeList(value, writer, depth - 1);
  } else {
    writeObject(value as Record<string, unknown>, writer, depth - 1);
  }
}

function writeList(list: readonly unknown[], writer: Writer, depth: number): void {
  put(writer, '[');
  for (let i = 0; i < list.length && writer.left > 0; i++) {
    if (i > 0) put(writer, ',');
    write(list[i], writer, depth);
  }
  put(writer, ']');
}

function writeObject(object: Readonly<Record<string, unknown>>, writer: Writer, depth: number): void {
  put(writer, '{');
  let first = true;
  for (const key in object) {
    if (writer.left <= 0) break;
    const value = object[key];
    if (value === undefined) continue;
    if (!first) put(writer, ',');
    first = false;
    write(key, writer, depth);
    put(writer, ':');
    write(value, writer, depth);
  }
  put(writer, '}');
}
