import type { LaneName } from './engine-config.ts';
import { refuse } from './errors.ts';
import { type Token, tokensOf } from './tokens.ts';

/** A statement that the engine can be given as it is. */
export interface PlainStatement {
  readonly kind: 'plain';
  readonly sql: string;
  readonly lane: LaneName;
  /** False where the engine's answer has no rows (DDL, SYSTEM, insert from a select). */
  readonly hasResult: boolean;
  /** The format that the statement itself names. */
  readonly format: string | undefined;
}

/** An insert whose rows come with the request. */
export interface InsertStatement {
  readonly kind: 'insert';
  /** Up to where the data is named: `INSERT INTO t (a, b)`. */
  readonly target: string;
  /** `SETTINGS …` as written, or nothing. */
  readonly settings: string;
  readonly format: string;
  /** Where, in the text, the data begins. */
  readonly dataStart: number;
}

export type Statement = PlainStatement | InsertStatement;

const readers = new Set([
  'SELECT',
  'WITH',
  'FROM',
  'SHOW',
  'DESCRIBE',
  'DESC',
  'EXPLAIN',
  'EXISTS',
  'CHECK',
  '(',
]);

/**
 * Takes the one statement of a request apart.
 *
 * @param text the statement; of an insert it may run on into the data, which is not looked at.
 * @throws QueryError SYNTAX_ERROR for nothing, for two statements, for `INFILE` and `OUTFILE` (the engine shares our file system).
 */
export function parseStatement(text: string): Statement {
  const tokens = tokensOf(text);
  const first = tokens.next();
  if (first.done === true) throw refuse('SYNTAX_ERROR', 'Syntax error: Empty query.');
  if (first.value.value === 'INSERT') {
    const insert = parseInsert(text, tokens);
    if (insert !== undefined) return insert;
  }
  return parsePlain(text);
}

/** Undefined when the rows come from a `SELECT`. */
function parseInsert(text: string, tokens: Iterable<Token>): InsertStatement | undefined {
  let depth = 0;
  let settingsAt: number | undefined;
  let formatAt: number | undefined;
  for (const token of tokens) {
    if (formatAt !== undefined) {
      if (token.kind !== 'word') throw refuse('SYNTAX_ERROR', 'Syntax error: FORMAT without a name.');
      const format = text.slice(token.start, token.end);
      return { ...cut(text, formatAt, settingsAt), format, dataStart: afterLine(text, token.end) };
    }
    if (token.kind === 'sign') depth += token.value === '(' ? 1 : token.value === ')' ? -1 : 0;
    if (token.value === ';')
      throw refuse('SYNTAX_ERROR', 'Syntax error: INSERT without FORMAT, VALUES or SELECT.');
    if (token.kind !== 'word' || depth !== 0) continue;
    if (token.value === 'SELECT' || token.value === 'WITH') return undefined;
    if (token.value === 'INFILE') throw noFiles();
    if (token.value === 'SETTINGS') settingsAt = token.start;
    if (token.value === 'FORMAT') formatAt = token.start;
    if (token.value === 'VALUES')
      return { ...cut(text, token.start, settingsAt), format: 'Values', dataStart: token.end };
  }
  throw refuse('SYNTAX_ERROR', 'Syntax error: INSERT without FORMAT, VALUES or SELECT.');
}

function cut(text: string, end: number, settingsAt: number | undefined) {
  return {
    kind: 'insert' as const,
    target: text.slice(0, settingsAt ?? end),
    settings: settingsAt === undefined ? '' : text.slice(settingsAt, end),
  };
}

/** Data begins behind the blanks and the one line break that end the statement. */
function afterLine(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\r' || text[at] === ';') at += 1;
  return text[at] === '\n' ? at + 1 : at;
}

function parsePlain(text: string): PlainStatement {
  let verb: string | undefined;
  let end = text.length;
  let ended = false;
  let format: string | undefined;
  let previous: Token | undefined;
  for (const token of tokensOf(text)) {
    if (ended) throw refuse('SYNTAX_ERROR', 'Syntax error: Multi-statements are not allowed.');
    if (token.value === ';' && token.kind === 'sign') {
      ended = true;
      end = token.start;
      continue;
    }
    verb ??= token.value;
    if (token.kind === 'word' && (token.value === 'INFILE' || token.value === 'OUTFILE')) {
      if (previous?.value === 'FROM' || previous?.value === 'INTO') throw noFiles();
    }
    if (token.kind === 'word' && previous?.kind === 'word' && previous.value === 'FORMAT') {
      format = text.slice(token.start, token.end);
    }
    previous = token;
  }
  if (verb === undefined) throw refuse('SYNTAX_ERROR', 'Syntax error: Empty query.');
  const lane = laneOf(verb);
  return { kind: 'plain', sql: text.slice(0, end), lane, hasResult: lane !== 'change', format };
}

function laneOf(verb: string): LaneName {
  if (verb === 'KILL') return 'control';
  return readers.has(verb) ? 'read' : 'change';
}

function noFiles(): Error {
  return refuse('SYNTAX_ERROR', 'Syntax error: INFILE and OUTFILE are not allowed over HTTP.');
}
