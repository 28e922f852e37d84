import { FILTERED } from '../redaction.ts';
import {
  type AdvancedRule,
  builtInRules,
  compilePattern,
  pairRule,
  patternRule,
  redactionOf,
  typedRule,
} from './rules.ts';
import { parseSelector, type Selector } from './selector.ts';

/** What of the rules cannot be used, and where it stands. */
export interface RuleProblem {
  /** As `rules.mine.pattern` or `applications.$string`. */
  readonly path: string;
  readonly reason: string;
}

export interface AdvancedRules {
  readonly applications: readonly { readonly selector: Selector; readonly rules: readonly AdvancedRule[] }[];
  /** What is left out. */
  readonly problems: readonly RuleProblem[];
}

const NO_RULES: AdvancedRules = { applications: [], problems: [] };
const MAX_RULES = 100;
const MAX_APPLICATIONS = 200;
const MAX_NESTING = 5;

type Fields = { readonly [field: string]: unknown };

/**
 * Reads advanced rules as Sentry stores them: `{rules: {id: {type, …, redaction: {method, text}}}, applications: {selector: [ids]}}`. What cannot be read is
 * left out and named; the rest applies. Never throws.
 */
export function parseAdvancedRules(text: string | null): AdvancedRules {
  if (text === null || text.trim() === '') return NO_RULES;
  const config = parseJson(text);
  if (config === undefined)
    return { applications: [], problems: [{ path: '', reason: 'must be a JSON object' }] };
  const reader = new RulesReader(config);
  return { applications: reader.applications(), problems: reader.problems };
}

class RulesReader {
  readonly problems: RuleProblem[] = [];
  readonly #rules: Fields;
  readonly #applications: Fields;
  readonly #known = new Map<string, readonly AdvancedRule[]>();

  constructor(config: Fields) {
    this.#rules = this.#fields(config.rules, 'rules', MAX_RULES);
    this.#applications = this.#fields(config.applications, 'applications', MAX_APPLICATIONS);
    for (const id of Object.keys(this.#rules)) this.#ruleOf(id, `rules.${id}`, 0);
  }

  applications(): AdvancedRules['applications'] {
    return Object.entries(this.#applications).flatMap(([text, ids]): AdvancedRules['applications'] => {
      const path = `applications.${text}`;
      const selector = parseSelector(text);
      if (selector === undefined) return this.#problem(path, 'is no selector');
      if (!Array.isArray(ids)) return this.#problem(path, 'must be a list of rules');
      const rules = ids.slice(0, MAX_RULES).flatMap((id) => this.#ruleOf(id, path, 0));
      return rules.length === 0 ? [] : [{ selector, rules }];
    });
  }

  #fields(value: unknown, path: string, limit: number): Fields {
    if (value === undefined || value === null) return {};
    if (!isFields(value)) this.#problem(path, 'must be an object');
    else if (Object.keys(value).length > limit) this.#problem(path, `at most ${limit}`);
    else return value;
    return {};
  }

  /** Says what is wrong; nothing comes of it. */
  #problem(path: string, reason: string): readonly never[] {
    if (this.problems.length < 100) this.problems.push({ path, reason });
    return [];
  }

  #ruleOf(id: unknown, path: string, depth: number): readonly AdvancedRule[] {
    if (typeof id !== 'string') return this.#problem(path, 'a rule is named by a text');
    if (depth > MAX_NESTING) return this.#problem(path, 'rules are nested too deep');
    const spec = Object.hasOwn(this.#rules, id) ? this.#rules[id] : undefined;
    if (spec === undefined) {
      const builtIn = id.startsWith('@') ? builtInRules(id) : undefined;
      return builtIn ?? this.#problem(path, `there is no rule ${id.slice(0, 100)}`);
    }
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const rules = isFields(spec)
      ? this.#read(id, spec, `rules.${id}`, depth)
      : this.#problem(`rules.${id}`, 'must be an object');
    this.#known.set(id, rules);
    return rules;
  }

  #read(id: string, spec: Fields, path: string, depth: number): readonly AdvancedRule[] {
    const { type } = spec;
    if (typeof type !== 'string') return this.#problem(`${path}.type`, 'is missing');
    if (type === 'multiple' || type === 'alias') return this.#combined(id, spec, path, depth);
    const redaction = isFields(spec.redaction) ? spec.redaction : {};
    const method =
      typeof redaction.method === 'string' && redaction.method !== 'default' ? redaction.method : 'remove';
    const made = redactionOf(id, method, typeof redaction.text === 'string' ? redaction.text : FILTERED);
    if (made === undefined) return this.#problem(`${path}.redaction.method`, 'is not known');
    const removes = method === 'remove';
    if (type === 'pattern' || type === 'redact_pair' || type === 'redactPair') {
      const key = type === 'pattern' ? 'pattern' : 'keyPattern';
      const source = spec[key];
      const pattern = typeof source === 'string' ? compilePattern(source) : undefined;
      if (pattern === undefined)
        return this.#problem(`${path}.${key}`, 'is no expression in the syntax of RE2, or too long');
      if (type !== 'pattern') return [pairRule(pattern, made, removes)];
      const groups = groupsOf(spec.replaceGroups, pattern.groupCount());
      if (groups === undefined)
        return this.#problem(`${path}.replaceGroups`, 'must be a list of groups of the pattern');
      return [patternRule(pattern, groups, made, removes)];
    }
    const rule = typedRule(type, made, removes);
    return rule === undefined ? this.#problem(`${path}.type`, 'is not known') : [rule];
  }

  #combined(id: string, spec: Fields, path: string, depth: number): readonly AdvancedRule[] {
    const ids = spec.type === 'alias' ? [spec.rule] : spec.rules;
    if (!Array.isArray(ids)) return this.#problem(`${path}.rules`, 'must be a list of rules');
    const rules = ids
      .slice(0, MAX_RULES)
      .flatMap((inner) => this.#ruleOf(inner, path, depth + 1))
      .slice(0, MAX_RULES);
    if (spec.hideInner !== true) return rules;
    return rules.map((rule) => ({ ...rule, redaction: { ...rule.redaction, rule: id } }));
  }
}

/** Without a list, all that is found. */
function groupsOf(value: unknown, count: number): readonly number[] | undefined {
  if (value === undefined || value === null) return [0];
  if (!Array.isArray(value)) return undefined;
  const isGroup = (group: unknown): boolean =>
    Number.isInteger(group) && Number(group) >= 0 && Number(group) <= count;
  return value.length > 0 && value.every(isGroup)
    ? [...new Set(value as number[])].sort((a, b) => a - b)
    : undefined;
}

function parseJson(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
