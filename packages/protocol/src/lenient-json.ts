const QUOTE = '"';
const TOKEN = /-?Infinity|NaN|"/g;

/**
 * Replaces the tokens `NaN`, `Infinity` and `-Infinity` outside strings by `null`: Python's encoder writes them, and JSON has none.
 * Linear in the text's length.
 */
export function replaceNonFiniteNumbers(text: string): string {
  if (!text.includes('NaN') && !text.includes('Infinity')) return text;
  let out = '';
  let copied = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    if (match[0] === QUOTE) {
      TOKEN.lastIndex = stringEnd(text, match.index + 1);
      continue;
    }
    out += `${text.slice(copied, match.index)}null`;
    copied = TOKEN.lastIndex;
  }
  return out + text.slice(copied);
}

/** Index after the closing quote of the string that begins at `from`, or the end. */
function stringEnd(text: string, from: number): number {
  for (let index = from; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (char === 0x5c) index++;
    else if (char === 0x22) return index + 1;
  }
  return text.length;
}
