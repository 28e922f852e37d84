/** What the default rules go by, told by words. */
export const WORDS =
  /passw|secret|api[-_]?key|auth|credentials|mysql_pwd|private[-_]?key|token|bearer\s|@|-----|(?:users|home|settings|profiles)[/\\]/i;

/** What they go by, told by form: twelve digits of a card, a social security number, the beginning of an account number. */
export const FORMS = /[0-9](?:[-\s]?[0-9]){11}|[0-9]{3}-[0-9]{2}-[0-9]{4}|[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{11}/;

/** Whether a text may hold anything that the default rules take out. Asked of every text: the expressions cost 11 ns a character, `hasSigns` 3. */
export function isCandidate(text: string): boolean {
  return hasSigns(text) && (WORDS.test(text) || FORMS.test(text));
}

/** What a character is; from `DASH` on it may be the sign of something. */
const DIGIT = 1;
const SEPARATOR = 2;
const DASH = 4;
const AT = 8;
const SLASH = 12;
const LETTER_B = 16;
const LETTER_K = 20;
const LETTER_R = 24;
const LETTER_U = 28;
const LETTER_W = 32;
const LETTER_Y = 36;
const CAPITAL = 64;

const KINDS = new Uint8Array(128);
for (let code = 9; code <= 13; code++) KINDS[code] = SEPARATOR;
for (let code = 65; code <= 90; code++) KINDS[code] = CAPITAL;
for (const [characters, kind] of [
  ['0123456789', DIGIT],
  [' ', SEPARATOR],
  ['-', SEPARATOR | DASH],
  ['@', AT],
  ['/\\', SLASH],
  ['bB', LETTER_B],
  ['kK', LETTER_K],
  ['rR', LETTER_R],
  ['uU', LETTER_U],
  ['wW', LETTER_W],
  ['yY', LETTER_Y],
] as const) {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    KINDS[code] = kind | ((KINDS[code] ?? 0) & CAPITAL);
  }
}

/**
 * Whether there is a sign of a word or form: a rare letter of each word with its neighbours, or digits. Where it says no, the expressions find nothing. Digits are
 * counted without a branch: in ids they come and go as they like.
 */
export function hasSigns(text: string): boolean {
  // Since the last character that is neither a digit nor stands between them.
  let digits = 0;
  let separators = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // Beyond ASCII there are blanks, too.
    const kind = code < 128 ? (KINDS[code] ?? 0) : SEPARATOR;
    const digit = kind & DIGIT;
    const separator = (kind >> 1) & 1;
    const keep = -(digit | separator);
    digits = (digits & keep) + digit;
    separators = (separators & keep) + separator;
    if (digits >= 9 && (digits >= 12 || separators > 0)) return true;
    if (kind >= DASH && isSign(text, at, kind, separators)) return true;
  }
  return false;
}

function isSign(text: string, at: number, kind: number, separators: number): boolean {
  if (kind >= CAPITAL && isAccount(text, at)) return true;
  switch (kind & 60) {
    case DASH:
      return separators >= 5;
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
    case LETTER_Y: // api_KEY, apIKEY, privatEKEY
      return is(text, at - 1, 'e') && is(text, at - 2, 'k') && endsBeforeKey(text, at - 3);
    default:
      return false;
  }
}

/** Two capitals and two digits, `at` being the second. */
function isAccount(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1);
  return before >= 65 && before <= 90 && isDigit(text, at + 1) && isDigit(text, at + 2);
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
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
