/** A search as typed: `is:unresolved user.email:"a b" words` → its terms, split at spaces outside quotes. */
export function termsOf(query: string): readonly string[] {
  const terms: string[] = [];
  let term = '';
  let isQuoted = false;
  for (const character of query) {
    if (character === '"') isQuoted = !isQuoted;
    if (!isQuoted && /\s/.test(character)) {
      if (term !== '') terms.push(term);
      term = '';
    } else {
      term += character;
    }
  }
  return term === '' ? terms : [...terms, term];
}

/** `key:value` as a pair; undefined for a word. `TypeError: x` and URLs are words. */
export function tokenOf(term: string): readonly [string, string] | undefined {
  const [, key, value] = /^([A-Za-z0-9_.-]{1,200}):(.+)$/s.exec(term) ?? [];
  return key === undefined || value === undefined || value.startsWith('//') ? undefined : [key, value];
}

export const STATUSES = ['unresolved', 'resolved', 'ignored'] as const;
export type View = (typeof STATUSES)[number] | 'all';

/** Which tab a search belongs to. */
export function viewOf(query: string): View {
  const terms = termsOf(query);
  return STATUSES.find((status) => terms.includes(`is:${status}`)) ?? 'all';
}

/** The same search under another tab. */
export function withView(query: string, view: View): string {
  const rest = termsOf(query).filter((term) => !STATUSES.some((status) => term === `is:${status}`));
  return [...(view === 'all' ? [] : [`is:${view}`]), ...rest].join(' ');
}

export interface Completion {
  readonly text: string;
  readonly says: string;
}

const COMPLETIONS: readonly Completion[] = [
  { text: 'is:unresolved', says: 'nobody has resolved or ignored it' },
  { text: 'is:resolved', says: 'said to be mended' },
  { text: 'is:ignored', says: 'out of the way' },
  { text: 'is:unhandled', says: 'nothing caught it' },
  { text: 'release:', says: 'has events of this version' },
  { text: 'first-release:', says: 'came with this version' },
  { text: 'environment:', says: 'has events there' },
  { text: 'level:', says: 'fatal, error, warning, info' },
  { text: 'user.email:', says: 'hit this person' },
  { text: 'user.id:', says: 'hit this person' },
  { text: 'user.username:', says: 'hit this person' },
  { text: 'user.ip:', says: 'hit this address' },
];

/** What the word that is being typed may become. */
export function completionsOf(draft: string): readonly Completion[] {
  const word = draft.slice(draft.lastIndexOf(' ') + 1).toLowerCase();
  return COMPLETIONS.filter(({ text }) => text.startsWith(word) && text !== word);
}

/** The draft with its last word completed. */
export function completed(draft: string, completion: Completion): string {
  return `${draft.slice(0, draft.lastIndexOf(' ') + 1)}${completion.text}`;
}
