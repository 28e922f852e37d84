import { isPath, isUrl, replacementOfWord } from './message-words.ts';

/** Characters of a message that count. */
const MAX_CHARS = 2_000;

/**
 * A message without what varies from event to event: its first two lines that are not empty, where numbers, ids, UUIDs, hashes, addresses, dates,
 * e-mails, URLs, paths and quoted text are replaced by their kind. One pass over words; no pattern looks back.
 */
export function messageParts(message: string): string {
  const text = firstTwoLines(message);
  let out = '';
  let i = 0;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code <= 0x20) {
      if (!out.endsWith(' ')) out += ' ';
      i++;
    } else if (isQuote(code) && !isLetterOrDigit(text.charCodeAt(i - 1))) {
      const end = closingQuote(text, i);
      if (end > 0) {
        out += '<quoted>';
        i = end + 1;
      } else {
        out += text.charAt(i);
        i++;
      }
    } else if (isWordStart(code)) {
      const end = endOfWord(text, i);
      const word = text.slice(i, end);
      const core = isPath(word) ? end : endOfCore(text, i, end);
      const bare = text.slice(i, core);
      out += isInDate(text, i, core, bare) ? '<number>' : replacementOfWord(bare);
      out += text.slice(core, end);
      i = end;
    } else {
      out += text.charAt(i);
      i++;
    }
  }
  return out.trim();
}

/** The first two lines with text, `...` after them when there is more. */
function firstTwoLines(message: string): string {
  const lines: string[] = [];
  let start = 0;
  const text = message.slice(0, MAX_CHARS);
  while (start <= text.length) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end).trim();
    if (line !== '') {
      if (lines.length === 2) return `${lines.join(' ')} ...`;
      lines.push(line);
    }
    start = end + 1;
  }
  return lines.join(' ');
}

function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27 || code === 0x60;
}

/** Quoted text is short and ends where no word goes on: an apostrophe is no quote. */
const MAX_QUOTED = 200;

function closingQuote(text: string, start: number): number {
  const quote = text.charCodeAt(start);
  const last = Math.min(text.length, start + MAX_QUOTED);
  for (let i = start + 1; i < last; i++) {
    if (text.charCodeAt(i) === quote && !isLetterOrDigit(text.charCodeAt(i + 1))) return i;
  }
  return -1;
}

function isLetterOrDigit(code: number): boolean {
  const lower = code | 0x20;
  return (code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x7a) || code > 0x7f;
}

function isWordStart(code: number): boolean {
  // letters, digits, and what numbers, paths and addresses begin with: - / \ ~ . : #
  return (
    isLetterOrDigit(code) || code === 0x2d || code === 0x2f || code === 0x5c || code === 0x7e || code === 0x3a
  );
}

/** A word runs to the next space, quote, bracket, comma, semicolon, `=` or `|`; URLs and paths keep all but spaces and quotes. */
function endOfWord(text: string, start: number): number {
  const keepsSigns = text.charCodeAt(start) === 0x2f || isUrl(text.slice(start, start + 14));
  let end = start + 1;
  while (end < text.length && !endsWord(text.charCodeAt(end), keepsSigns)) end++;
  return end;
}

/** The end of a word without the punctuation of the sentence. */
function endOfCore(text: string, start: number, end: number): number {
  let core = end;
  while (core > start + 1 && isTrailing(text.charCodeAt(core - 1))) core--;
  return core;
}

function endsWord(code: number, keepsSigns: boolean): boolean {
  if (code <= 0x20 || code === 0x22 || code === 0x60 || code === 0x3c || code === 0x3e) return true;
  if (keepsSigns) return false;
  // ' ( ) , ; = [ ] { | }
  return (
    code === 0x27 ||
    code === 0x28 ||
    code === 0x29 ||
    code === 0x2c ||
    code === 0x3b ||
    code === 0x3d ||
    code === 0x5b ||
    code === 0x5d ||
    (code >= 0x7b && code <= 0x7d)
  );
}

function isTrailing(code: number): boolean {
  // . : ! ?
  return code === 0x2e || code === 0x3a || code === 0x21 || code === 0x3f;
}

const CALENDAR: ReadonlySet<string> = new Set(
  `mon monday tue tuesday wed wednesday thu thursday fri friday sat saturday sun sunday jan january feb february mar march
   apr april may jun june jul july aug august sep sept september oct october nov november dec december`.split(
    /\s+/,
  ),
);

/** A month or a weekday beside a number, or beside another of them: `Sat, 21 Nov 2026`. */
function isInDate(text: string, start: number, end: number, word: string): boolean {
  if (word.length < 3 || word.length > 9 || !isCalendarWord(word)) return false;
  let next = end;
  while (next < end + 3 && isGap(text.charCodeAt(next))) next++;
  let previous = start - 1;
  while (previous > start - 3 && isGap(text.charCodeAt(previous))) previous--;
  return (
    isDigit(text.charCodeAt(next)) ||
    isDigit(text.charCodeAt(previous)) ||
    isCalendarWord(text.slice(next, next + 3))
  );
}

function isCalendarWord(word: string): boolean {
  return CALENDAR.has(word.toLowerCase());
}

function isGap(code: number): boolean {
  return code === 0x20 || code === 0x2c;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
