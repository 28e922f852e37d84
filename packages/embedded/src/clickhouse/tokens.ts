import { refuse } from './errors.ts';

export interface Token {
  readonly kind: 'word' | 'text' | 'name' | 'sign';
  /** Words in upper case, everything else as it stands. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const WORD = /[A-Za-z0-9_]+/y;
const HEREDOC = /\$\w{0,64}\$/y;

/**
 * Splits a statement as the engine's own lexer does, so that a `;` inside quotes is told from one that starts a second statement. Where the two could
 * disagree (heredocs, nested comments, signs outside ASCII) it refuses instead of guessing: a wrong guess would let the rest of a body run as SQL.
 *
 * Lazy: what follows the last token that was asked for (an insert's data) is never looked at.
 *
 * @throws QueryError SYNTAX_ERROR
 */
export function* tokensOf(sql: string): Generator<Token> {
  let at = 0;
  while (at < sql.length) {
    const next = afterBlank(sql, at);
    if (next !== at) {
      at = next;
      continue;
    }
    const sign = sql.charAt(at);
    const end = tokenEnd(sql, at, sign);
    const value = sql.slice(at, end);
    yield { kind: kindOf(sign), value: isWordSign(sign) ? value.toUpperCase() : value, start: at, end };
    at = end;
  }
}

function tokenEnd(sql: string, at: number, sign: string): number {
  if (sign === "'" || sign === '"' || sign === '`') return quotedEnd(sql, at, sign);
  if (isWordSign(sign)) {
    WORD.lastIndex = at;
    WORD.test(sql);
    return WORD.lastIndex;
  }
  HEREDOC.lastIndex = at;
  if (sign === '$' && HEREDOC.test(sql)) throw odd('a heredoc', at);
  if (sql.charCodeAt(at) > 126) throw odd('a sign outside ASCII that is not quoted', at);
  return at + 1;
}

/** Where the blanks or the comment that begin here end; `at` itself when there are none. */
function afterBlank(sql: string, at: number): number {
  const sign = sql.charAt(at);
  if (' \t\r\n\f\v'.includes(sign)) return at + 1;
  const pair = sql.slice(at, at + 2);
  if (pair === '--') return lineEnd(sql, at);
  if (pair === '/*') return commentEnd(sql, at);
  if (pair === '//' || sign === '#') throw odd(`a comment in ${sign}`, at);
  return at;
}

function lineEnd(sql: string, at: number): number {
  const end = sql.indexOf('\n', at);
  return end === -1 ? sql.length : end + 1;
}

function commentEnd(sql: string, at: number): number {
  const end = sql.indexOf('*/', at + 2);
  if (end === -1) throw odd('an open comment', at);
  const nested = sql.indexOf('/*', at + 2);
  if (nested !== -1 && nested < end) throw odd('a nested comment', at);
  return end + 2;
}

function quotedEnd(sql: string, at: number, quote: string): number {
  for (let i = at + 1; i < sql.length; i += 1) {
    const sign = sql.charAt(i);
    if (sign === '\\') i += 1;
    else if (sign === quote) {
      if (sql.charAt(i + 1) !== quote) return i + 1;
      i += 1;
    }
  }
  throw odd('an open quote', at);
}

function kindOf(sign: string): Token['kind'] {
  if (sign === "'") return 'text';
  if (sign === '"' || sign === '`') return 'name';
  return isWordSign(sign) ? 'word' : 'sign';
}

function isWordSign(sign: string): boolean {
  return (
    (sign >= 'a' && sign <= 'z') ||
    (sign >= 'A' && sign <= 'Z') ||
    (sign >= '0' && sign <= '9') ||
    sign === '_'
  );
}

function odd(what: string, at: number): Error {
  return refuse('SYNTAX_ERROR', `Syntax error: ${what} at position ${at + 1} is not accepted here.`);
}
