const BARE = ['NaN', 'Infinity', '-Infinity'] as const;

/** The JSON text with bare `NaN`, `Infinity` and `-Infinity` outside of strings replaced by `null`. One pass. */
export function withoutBareNumbers(text: string): string {
  if (!text.includes('NaN') && !text.includes('Infinity')) return text;
  let out = '';
  let copied = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfString(text, i);
      continue;
    }
    // N, I, -
    if (code !== 0x4e && code !== 0x49 && code !== 0x2d) continue;
    const word = BARE.find((candidate) => text.startsWith(candidate, i));
    if (word === undefined) continue;
    out += `${text.slice(copied, i)}null`;
    i += word.length - 1;
    copied = i + 1;
  }
  return out + text.slice(copied);
}

/** Index of the closing quote of the string that opens at `start`, or of the last character. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === 0x22) return i;
  }
  return text.length;
}
