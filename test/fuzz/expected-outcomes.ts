/** Items that end in one outcome each, whatever becomes of them. Attachments and reports of clients count otherwise. */
const COUNTED: ReadonlySet<string> = new Set([
  'event',
  'security',
  'raw_security',
  'feedback',
  'user_report',
  'session',
  'sessions',
  'check_in',
  'transaction',
  'nel',
]);
/** Categories that those items count in, and nothing else does: what is refused whole counts as `default`, and so does an empty envelope. */
const CATEGORIES: ReadonlySet<string> = new Set([
  'error',
  'security',
  'feedback',
  'session',
  'monitor',
  'transaction',
]);

/** Whether an outcome is of an item of an envelope that was answered 200: what is too large is refused whole, and its items are counted, too. */
export function isOfAccepted([outcome, reason, category]: readonly [
  string,
  string,
  string,
  number,
]): boolean {
  return outcome !== 'client_discard' && !reason.startsWith('too_large') && CATEGORIES.has(category);
}

/**
 * How many outcomes an envelope that was answered 200 must bring, counted without the parser. Nothing is checked here: what is malformed was not answered 200.
 */
export function outcomesOf(envelope: Buffer): number {
  return itemTypesOf(envelope).filter((type) => COUNTED.has(type)).length;
}

function itemTypesOf(envelope: Buffer): readonly string[] {
  const types: string[] = [];
  let at = endOfLine(envelope, 0) + 1;
  for (;;) {
    while (at < envelope.length && BLANKS.has(envelope[at] ?? 0)) at += 1;
    if (at >= envelope.length) return types;
    const end = endOfLine(envelope, at);
    // The parser strips a byte order mark, as decoders of UTF-8 do.
    const line = envelope.toString('utf8', at, end).replace(/^\uFEFF/, '');
    const header = JSON.parse(line) as { type: string; length?: number | null };
    types.push(header.type);
    const start = end + 1;
    at = (typeof header.length === 'number' ? start + header.length : endOfLine(envelope, start)) + 1;
  }
}

const BLANKS: ReadonlySet<number> = new Set([9, 10, 13, 32]);

function endOfLine(bytes: Buffer, from: number): number {
  const at = from >= bytes.length ? -1 : bytes.indexOf(10, from);
  return at === -1 ? bytes.length : at;
}
