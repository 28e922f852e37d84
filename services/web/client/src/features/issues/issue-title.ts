import type { Issue } from '@culprit/api';

/** Type and value of an issue's title, as far as its metadata tells them apart. */
export function titleOf(issue: Pick<Issue, 'title' | 'metadata'>): readonly [string, string] {
  const { type, value } = issue.metadata;
  if (typeof type === 'string' && type !== '') return [type, typeof value === 'string' ? value : ''];
  return [issue.title, ''];
}
