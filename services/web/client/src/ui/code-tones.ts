export interface Piece {
  readonly text: string;
  /** Class of the tone; undefined: plain. */
  readonly tone: 'k' | 'st' | 'nu' | 'cm' | undefined;
}

const KEYWORDS = new Set(
  (
    'as async await break case catch class const continue def default defer del do elif else end enum except export ' +
    'extends finally fn for from func function if impl import in instanceof interface is lambda let match new not or ' +
    'package pass private protected public raise rescue return static struct super switch throw throws try type ' +
    'typeof use val var void while with yield'
  ).split(' '),
);
/** Longer lines are minified: tones would say nothing there. */
const LONGEST = 400;
const TOKEN =
  /\/\/.*|#(?![a-fA-F0-9]{3,8}\b)\s.*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\b[0-9][0-9a-fA-Fx._]*\b|[A-Za-z_$][\w$]*/g;

function toneOf(token: string): Piece['tone'] {
  const [first = ''] = token;
  if (token.startsWith('//') || first === '#') return 'cm';
  if (first === '"' || first === "'" || first === '`') return 'st';
  if (first >= '0' && first <= '9') return 'nu';
  return KEYWORDS.has(token) ? 'k' : undefined;
}

/** A line of code in four tones, for any language that looks like most do. The pieces together are the line. */
export function tonesOf(line: string): readonly Piece[] {
  if (line.length > LONGEST) return [{ text: line, tone: undefined }];
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of line.matchAll(TOKEN)) {
    const tone = toneOf(match[0]);
    if (tone === undefined) continue;
    if (match.index > from) pieces.push({ text: line.slice(from, match.index), tone: undefined });
    pieces.push({ text: match[0], tone });
    from = match.index + match[0].length;
  }
  if (from < line.length) pieces.push({ text: line.slice(from), tone: undefined });
  return pieces;
}
