import type { IssueStatus } from '@culprit/api';
import { identityFormsOf } from './identities.ts';
import { badField } from './refusal.ts';

/** What `query` of an issue list asks for. */
export interface IssueSearch {
  readonly status: IssueStatus | undefined;
  readonly unhandled: boolean | undefined;
  readonly level: string | undefined;
  readonly firstRelease: string | undefined;
  /** Slugs or ids. */
  readonly projects: readonly string[];
  readonly releases: readonly string[];
  readonly environments: readonly string[];
  readonly identities: readonly string[];
  readonly tags: readonly (readonly [string, string])[];
  /** Over title and culprit. */
  readonly words: readonly string[];
}

const MOST_TERMS = 20;
const MOST_CHARACTERS = 1_000;
/** Of a value that events are asked for: nothing that is stored of tags, people, releases and environments is longer. */
const LONGEST_VALUE = 300;
const STATUSES: ReadonlyMap<string, IssueStatus> = new Map([
  ['unresolved', 'unresolved'],
  ['resolved', 'resolved'],
  ['ignored', 'ignored'],
  ['archived', 'ignored'],
  ['muted', 'ignored'],
]);

type Draft = {
  -readonly [Key in keyof IssueSearch]: IssueSearch[Key] extends readonly (infer Item)[]
    ? Item[]
    : IssueSearch[Key];
};

/** Parses `is:unresolved release:web@1.2 user.email:a@b.example some words`. Values with spaces stand in double quotes. @throws Refusal 400 */
export function parseIssueSearch(text: string): IssueSearch {
  if (text.length > MOST_CHARACTERS)
    throw badField('query', `must not be longer than ${MOST_CHARACTERS} characters`);
  const terms = termsOf(text);
  if (terms.length > MOST_TERMS) throw badField('query', `must not have more than ${MOST_TERMS} terms`);
  const draft: Draft = {
    status: undefined,
    unhandled: undefined,
    level: undefined,
    firstRelease: undefined,
    projects: [],
    releases: [],
    environments: [],
    identities: [],
    tags: [],
    words: [],
  };
  for (const term of terms) addTerm(draft, term);
  return draft;
}

interface Term {
  readonly key: string | undefined;
  readonly value: string;
}

/** Splits at spaces outside quotes. One pass, no backtracking. */
function termsOf(text: string): Term[] {
  const terms: Term[] = [];
  let word = '';
  let key: string | undefined;
  let isQuoted = false;
  let wasQuoted = false;
  const end = (): void => {
    const isTerm = key !== undefined && (word !== '' || wasQuoted) && !word.startsWith('//');
    // `TypeError: x` is two words, and a URL is one: neither means a tag.
    if (isTerm) terms.push({ key, value: word });
    else if (key !== undefined) terms.push({ key: undefined, value: `${key}:${word}` });
    else if (word !== '') terms.push({ key, value: word });
    word = '';
    key = undefined;
    wasQuoted = false;
  };
  for (const character of text) {
    if (character === '"') {
      isQuoted = !isQuoted;
      wasQuoted = true;
    } else if (!isQuoted && (character === ' ' || character === '\t' || character === '\n')) {
      end();
    } else if (!isQuoted && character === ':' && key === undefined && isKey(word)) {
      key = word;
      word = '';
    } else {
      word += character;
    }
  }
  end();
  return terms;
}

function isKey(word: string): boolean {
  return /^[A-Za-z0-9_.-]{1,200}$/.test(word);
}

function addTerm(draft: Draft, { key, value }: Term): void {
  if (key !== undefined && value.length > LONGEST_VALUE) {
    throw badField('query', `${key} must not be longer than ${LONGEST_VALUE} characters`);
  }
  switch (key) {
    case undefined:
      draft.words.push(value);
      return;
    case 'is':
      addIs(draft, value);
      return;
    case 'level':
      draft.level = value;
      return;
    case 'first-release':
    case 'firstRelease':
      draft.firstRelease = value;
      return;
    case 'project':
      draft.projects.push(value);
      return;
    case 'release':
      draft.releases.push(value);
      return;
    case 'environment':
      draft.environments.push(value);
      return;
    case 'user.email':
    case 'user.id':
    case 'user.username':
    case 'user.ip':
      draft.identities.push(...identityFormsOf(`${key.slice('user.'.length)}:${value}`));
      return;
    case 'user':
      draft.identities.push(...identityFormsOf(value));
      return;
    default:
      draft.tags.push([key, value]);
  }
}

function addIs(draft: Draft, value: string): void {
  const status = STATUSES.get(value);
  if (status !== undefined) draft.status = status;
  else if (value === 'unhandled') draft.unhandled = true;
  else if (value === 'handled') draft.unhandled = false;
  else throw badField('query', `is:${value.slice(0, 50)} is not known`);
}
