/** What the default rules go by, told by words. */
export const WORDS =
  /passw|secret|api[-_]?key|auth|credentials|mysql_pwd|private[-_]?key|token|bearer\s|@|-----|(?:users|home|settings|profiles)[/\\]/i;

/** What they go by, told by form: twelve digits of a card, a social security number, the beginning of an account number. */
export const FORMS = /[0-9](?:[-\s]?[0-9]){11}|[0-9]{3}-[0-9]{2}-[0-9]{4}|[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{11}/;

/** Whether a text may hold anything that the default rules take out. Asked of every text: the expressions cost 11 ns a character, `hasSigns` 2. */
export function isCandidate(text: string): boolean {
  return hasSigns(text) && (WORDS.test(text) || FORMS.test(text));
}

const OTHER = 0;
const DIGIT = 1;
const SEPARATOR = 2;
const AT = 3;
const SLASH = 4;
const LETTER_B = 5;
const LETTER_K = 6;
const LETTER_R = 7;
const LETTER_U = 8;
const LETTER_W = 9;
const LETTER_Y = 10;

const KINDS = new Uint8Array(128);
for (let code = 9; code <= 13; code++) KINDS[code] = SEPARATOR;
for (const [characters, kind] of [
  ['0123456789', DIGIT],
  [' -', SEPARATOR],
  ['@', AT],
  ['/\\', SLASH],
  ['bB', LETTER_B],
  ['kK', LETTER_K],
  ['rR', LETTER_R],
  ['uU', LETTER_U],
  ['wW', LETTER_W],
  ['yY', LETTER_Y],
] as const) {
  for (const character of characters) KINDS[character.charCodeAt(0)] = kind;
}

/** Whether there is a sign of a word or form: a rare letter of each word with its neighbours, or digits. Where it says no, the expressions find nothing. */
export function hasSigns(text: string): boolean {
  // Since the last character that is neither a digit nor stands between them.
  let digits = 0;
  let separators = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Beyond ASCII there are blanks, too.
    const kind = code < 128 ? KINDS[code] : SEPARATOR;
    if (kind === DIGIT) {
      digits++;
      if (digits >= 9 && (digits >= 12 || separators > 0)) return true;
      // Two capitals and two digits.
      if (isUpper(text, at - 2) && isUpper(text, at - 3) && KINDS[text.charCodeAt(at - 1)] === DIGIT)
        return true;
      continue;
    }
    if (kind === SEPARATOR) {
      separators++;
      if (code === 45 && separators >= 5) return true;
      continue;
    }
    digits = 0;
    separators = 0;
    if (kind !== OTHER && isSign(text, at, kind)) return true;
  }
  return false;
}

function isSign(text: string, at: number, kind: number | undefined): boolean {
  switch (kind) {
    case AT:
      return true;
    case SLASH:
      return endsInHome(text, at);
    case LETTER_B: // BEAReR
      return is(text, at + 1, 'e') && is(text, at + 2, 'a') && is(text, at + 3, 'r');
    case LETTER_K: // TOKen
      return is(text, at - 1, 'o') && is(text, at - 2, 't');
    case LETTER_R: // seCREt, CREDentials
      return (
        is(text, at - 1, 'c') && is(text, at + 1, 'e') && (is(text, at + 2, 't') || is(text, at + 2, 'd'))
      );
    case LETTER_U: // AUTh
      return is(text, at - 1, 'a') && is(text, at + 1, 't');
    case LETTER_W: // pasSWord, mysql_PWd
      return is(text, at - 1, 's') || is(text, at - 1, 'p');
    default: // api_KEY, apIKEY, privatEKEY
      return is(text, at - 1, 'e') && is(text, at - 2, 'k') && endsBeforeKey(text, at - 3);
  }
}

function endsBeforeKey(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 95 || code === 45 || is(text, at, 'i') || is(text, at, 'e');
}

/** uSERS, hOME, settINGS, profILES. */
function endsInHome(text: string, at: number): boolean {
  if (is(text, at - 1, 'e')) return is(text, at - 2, 'm') && is(text, at - 3, 'o') && is(text, at - 4, 'h');
  if (!is(text, at - 1, 's')) return false;
  if (is(text, at - 2, 'r')) return is(text, at - 3, 'e') && is(text, at - 4, 's');
  if (is(text, at - 2, 'g')) return is(text, at - 3, 'n') && is(text, at - 4, 'i');
  return is(text, at - 2, 'e') && is(text, at - 3, 'l') && is(text, at - 4, 'i');
}

/** Whether this letter stands there, small or capital. */
function is(text: string, at: number, letter: string): boolean {
  return (text.charCodeAt(at) | 32) === letter.charCodeAt(0);
}

function isUpper(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 65 && code <= 90;
}
