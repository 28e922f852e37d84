import { createHash } from 'node:crypto';
import { RE2JS } from 're2js';
import { FILTERED, type Redaction, replaceBy } from '../redaction.ts';
import { countCharacters } from '../remarks.ts';
import {
  bearerTokens,
  creditCards,
  emails,
  homeFolders,
  ibans,
  imeis,
  ipAddresses,
  MAX_FOUND,
  macAddresses,
  pemKeys,
  type Ranges,
  type TextRule,
  urlPasswords,
  usSocialSecurityNumbers,
  uuids,
} from '../text-rules.ts';
import { holdsSecret, namesSecret } from '../words.ts';

/** A rule ready to be applied. */
export interface AdvancedRule {
  readonly redaction: Redaction;
  /** Takes a value of any type away, instead of replacing a part of it. */
  readonly removes: boolean;
  /** `anything` fits each value; `pair` a value by its name or a text by what is in it; `text` parts of a text. */
  readonly kind: 'anything' | 'pair' | 'text';
  readonly find: TextRule;
  /** Only for `pair`. */
  fits(text: string, isName: boolean): boolean;
  /** It runs an expression that somebody wrote, which takes time. */
  readonly isPattern: boolean;
}

type Method = 'remove' | 'replace' | 'mask' | 'hash';

/** Built-in rules: what they find, what they do unless told otherwise, and the text that they put in the place. */
const BUILT_IN: ReadonlyMap<
  string,
  { readonly find: TextRule; readonly method: Method; readonly text: string }
> = new Map([
  ['ip', { find: ipAddresses, method: 'replace', text: '[ip]' }],
  ['imei', { find: imeis, method: 'replace', text: '[imei]' }],
  ['mac', { find: macAddresses, method: 'mask', text: '[mac]' }],
  ['uuid', { find: uuids, method: 'mask', text: '[uuid]' }],
  ['email', { find: emails(), method: 'replace', text: '[email]' }],
  ['iban', { find: ibans, method: 'replace', text: '[iban]' }],
  ['creditcard', { find: creditCards, method: 'replace', text: '[creditcard]' }],
  ['pemkey', { find: pemKeys, method: 'replace', text: '[pemkey]' }],
  ['urlauth', { find: urlPasswords, method: 'replace', text: '[auth]' }],
  ['usssn', { find: usSocialSecurityNumbers, method: 'mask', text: '[us-ssn]' }],
  ['userpath', { find: homeFolders, method: 'replace', text: '[user]' }],
  ['bearer', { find: bearerTokens, method: 'replace', text: 'Bearer [token]' }],
  ['password', { find: () => [], method: 'remove', text: '[password]' }],
  ['anything', { find: () => [], method: 'replace', text: FILTERED }],
]);

/** Types of rules whose name differs from that of the built-in one. */
const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['url_auth', 'urlauth'],
  ['us_ssn', 'usssn'],
]);

const COMMON = ['iban', 'ip', 'email', 'creditcard', 'pemkey', 'urlauth', 'userpath', 'password', 'usssn'];
const COMMON_FILTER = ['creditcard', 'iban', 'pemkey', 'urlauth', 'userpath', 'password', 'usssn'];

/** The rules of a built-in id, as `@email` or `@ip:hash`; undefined when there is none. */
export function builtInRules(id: string): readonly AdvancedRule[] | undefined {
  const [name = '', method] = id.slice(1).split(':');
  if (name === 'common') {
    if (method === undefined) return COMMON.flatMap((one) => builtInRules(`@${one}`) ?? []);
    return method === 'filter'
      ? COMMON_FILTER.flatMap((one) => builtInRules(`@${one}:filter`) ?? [])
      : undefined;
  }
  const rule = BUILT_IN.get(name);
  if (rule === undefined) return undefined;
  const isFilter = method === 'filter' || method === 'legacy';
  const wanted = isFilter ? 'replace' : (method ?? rule.method);
  const redaction = redactionOf(id, wanted, isFilter ? FILTERED : rule.text);
  return redaction && [ruleOfType(name, rule.find, redaction, wanted === 'remove')];
}

/** What a method does; undefined when there is none of that name. */
export function redactionOf(rule: string, method: string, text: string): Redaction | undefined {
  switch (method) {
    case 'replace':
      return replaceBy(rule, text);
    case 'remove':
      return { rule, type: 'x', replacementOf: () => '' };
    case 'mask':
      return { rule, type: 'm', replacementOf: (found) => '*'.repeat(countCharacters(found)) };
    case 'hash':
      return {
        rule,
        type: 'p',
        replacementOf: (found) => createHash('sha1').update(found).digest('hex').toUpperCase(),
      };
    default:
      return undefined;
  }
}

/** A rule of one of the built-in types; undefined when there is none. */
export function typedRule(type: string, redaction: Redaction, removes: boolean): AdvancedRule | undefined {
  const name = TYPE_NAMES.get(type) ?? type;
  const rule = BUILT_IN.get(name);
  return rule && ruleOfType(name, rule.find, redaction, removes);
}

function ruleOfType(name: string, find: TextRule, redaction: Redaction, removes: boolean): AdvancedRule {
  return {
    redaction,
    removes,
    kind: name === 'anything' ? 'anything' : name === 'password' ? 'pair' : 'text',
    find,
    fits: (text, isName) =>
      name === 'password' && (isName ? namesSecret(text.toLowerCase()) : holdsSecret(text)),
    isPattern: false,
  };
}

/** Longer patterns, and those that compile to larger programs, are refused. */
const MAX_PATTERN_CHARS = 1_000;
const MAX_PROGRAM = 5_000;

/** An expression in RE2's syntax, which has no look-around and no back-references; undefined when it cannot be read. */
export function compilePattern(pattern: string): RE2JS | undefined {
  if (pattern.length > MAX_PATTERN_CHARS) return undefined;
  try {
    const compiled = RE2JS.compile(pattern);
    return compiled.programSize() > MAX_PROGRAM ? undefined : compiled;
  } catch {
    return undefined;
  }
}

/** Replaces what a pattern finds, or the given groups of it. */
export function patternRule(
  pattern: RE2JS,
  groups: readonly number[],
  redaction: Redaction,
  removes: boolean,
): AdvancedRule {
  return {
    redaction,
    removes,
    kind: 'text',
    find: (text) => foundBy(pattern, groups, text),
    fits: () => false,
    isPattern: true,
  };
}

function foundBy(pattern: RE2JS, groups: readonly number[], text: string): Ranges {
  const ranges: [number, number][] = [];
  const matcher = pattern.matcher(text);
  let last = 0;
  while (ranges.length <= MAX_FOUND && matcher.find()) {
    for (const group of groups) {
      const start = matcher.start(group);
      const end = matcher.end(group);
      if (start < last || end <= start) continue;
      ranges.push([start, end]);
      last = end;
    }
  }
  return ranges;
}

/** Takes a value whose name, or whose text, matches. */
export function pairRule(pattern: RE2JS, redaction: Redaction, removes: boolean): AdvancedRule {
  return {
    redaction,
    removes,
    kind: 'pair',
    find: () => [],
    fits: (text) => pattern.matcher(text).find(),
    isPattern: true,
  };
}
