import { FILTERED, type RedactedText, type Redaction, replaceBy } from './redaction.ts';
import {
  bearerTokens,
  creditCards,
  emails,
  homeFolders,
  ibans,
  ipAddresses,
  pemKeys,
  type TextRule,
  urlPasswords,
  usSocialSecurityNumbers,
} from './text-rules.ts';

interface InlineRule {
  readonly find: TextRule;
  readonly redaction: Redaction;
  /** Cheap; a text that fails it holds nothing that the rule finds. */
  mayHold(text: string): boolean;
}

const filtered = (rule: string): Redaction => replaceBy(rule, FILTERED);

export const PASSWORD = filtered('@password:filter');
export const SENSITIVE = filtered('strip-fields');
export const ANYTHING = filtered('@anything:filter');

const hasDigits = (text: string): boolean => DIGITS.test(text);
/** What a card or the number of an account has at least. */
const DIGITS = /[0-9](?:[-\s]?[0-9]){11}/;
const hasIban = (text: string): boolean => /[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{11}/.test(text);
const hasSocialSecurityNumber = (text: string): boolean => /[0-9]{3}-[0-9]{2}-[0-9]{4}/.test(text);
const hasAt = (text: string): boolean => text.includes('@');

const URL_PASSWORD: InlineRule = {
  find: urlPasswords,
  redaction: filtered('@urlauth:legacy'),
  mayHold: hasAt,
};

/** What is replaced before anybody asks whether the whole text is a secret, in Relay's order. */
const BEFORE_PASSWORD: readonly InlineRule[] = [
  { find: creditCards, redaction: filtered('@creditcard:filter'), mayHold: hasDigits },
  { find: ibans, redaction: filtered('@iban:filter'), mayHold: hasIban },
  { find: pemKeys, redaction: filtered('@pemkey:filter'), mayHold: (text) => text.includes('-----BEGIN') },
  URL_PASSWORD,
  {
    find: homeFolders,
    redaction: filtered('@userpath:filter'),
    mayHold: (text) => /(?:users|home|settings|profiles)[/\\]/i.test(text),
  },
];

const AFTER_PASSWORD: InlineRule = {
  find: usSocialSecurityNumbers,
  redaction: filtered('@usssn:filter'),
  mayHold: hasSocialSecurityNumber,
};

const IP: InlineRule = {
  find: ipAddresses,
  redaction: replaceBy('@ip:replace', '[ip]'),
  mayHold: (text) => /[0-9]\.[0-9]|:/.test(text),
};

/** Domains at which anybody can have an address: one in a message is a person's, while others are mostly the company's own. */
const PUBLIC_MAIL =
  /^(?:(?:g|google|hot|proton|fast|rocket|y)mail|yahoo|outlook|live|msn|icloud|me|mac|aol|proton|gmx|web|mail|yandex|qq|163|126|sina|naver|daum|zoho|comcast|orange|free|laposte|t-online|libero|wanadoo|btinternet|tutanota|hey|pm|rediffmail|freenet|bluewin|seznam|wp|o2|ukr|uol|bol|terra)\.(?:com|net|org|de|fr|it|es|nl|be|ch|at|ru|ua|pl|cz|in|jp|cn|kr|br|mx|ar|ca|me|eu|uk|io)$|^(?:yahoo|hotmail|live|outlook|uol|bol|terra|gmx|sina)\.(?:co|com)\.[a-z]{2}$/;

/** For texts that must stay readable, since they name the issue: only what is found is replaced, never the whole. */
const READABLE: readonly InlineRule[] = [
  {
    find: emails((domain) => PUBLIC_MAIL.test(domain)),
    redaction: replaceBy('@email:replace', '[email]'),
    mayHold: hasAt,
  },
  { find: creditCards, redaction: replaceBy('@creditcard:replace', '[creditcard]'), mayHold: hasDigits },
  { find: ibans, redaction: replaceBy('@iban:replace', '[iban]'), mayHold: hasIban },
  {
    find: usSocialSecurityNumbers,
    redaction: replaceBy('@usssn:replace', '[us-ssn]'),
    mayHold: hasSocialSecurityNumber,
  },
  {
    find: bearerTokens,
    redaction: replaceBy('@bearer:replace', 'Bearer [token]'),
    mayHold: (text) => /bearer\s/i.test(text),
  },
];

export function isIpCandidate(text: string): boolean {
  return IP.mayHold(text);
}

export function applyBeforePassword(text: RedactedText): void {
  apply(text, BEFORE_PASSWORD);
}

export function applyAfterPassword(text: RedactedText): void {
  apply(text, [AFTER_PASSWORD]);
}

export function applyUrlPassword(text: RedactedText): void {
  apply(text, [URL_PASSWORD]);
}

export function applyReadable(text: RedactedText): void {
  apply(text, READABLE);
}

export function applyIp(text: RedactedText): void {
  apply(text, [IP]);
}

function apply(text: RedactedText, rules: readonly InlineRule[]): void {
  for (const { find, redaction, mayHold } of rules) {
    if (mayHold(text.text)) text.replace(find(text.text), redaction);
  }
}
