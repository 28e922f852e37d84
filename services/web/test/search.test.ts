import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityFormsOf } from '../server/identities.ts';
import { Refusal } from '../server/refusal.ts';
import { parseIssueSearch } from '../server/search.ts';

describe('the search of the issue list', () => {
  it('tells terms from words, keeps what stands in quotes together, and takes no colon for a term by mistake', () => {
    expect(
      parseIssueSearch('is:unresolved TypeError: x release:"web 1.0" "two words" https://a.example/b'),
    ).toEqual({
      status: 'unresolved',
      unhandled: undefined,
      level: undefined,
      firstRelease: undefined,
      projects: [],
      releases: ['web 1.0'],
      environments: [],
      identities: [],
      tags: [],
      words: ['TypeError:', 'x', 'two words', 'https://a.example/b'],
    });
  });

  it('takes any other key for a tag, also with an empty value in quotes', () => {
    expect(parseIssueSearch('plan:pro url:a:b customer:""').tags).toEqual([
      ['plan', 'pro'],
      ['url', 'a:b'],
      ['customer', ''],
    ]);
  });

  it('is all issues when empty', () => {
    expect(parseIssueSearch('  ')).toMatchObject({ status: undefined, words: [], tags: [] });
  });

  it('refuses too much of it, and fails for nothing else that anybody may type', () => {
    expect(() => parseIssueSearch('a '.repeat(21))).toThrow(Refusal);
    fc.assert(
      fc.property(
        fc.string({ maxLength: 1_200, unit: fc.constantFrom(...'ab:" \\%isreal\u0000é') }),
        (text) => {
          try {
            const search = parseIssueSearch(text);
            return [...search.words, ...search.releases].every(
              (word) => text.includes(word) || text.includes('"'),
            );
          } catch (error) {
            return error instanceof Refusal && error.status === 400;
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('a term of the search', () => {
  it('is refused where no event can have such a value', () => {
    for (const key of ['environment', 'release', 'user.email', 'user', 'plan']) {
      expect(parseIssueSearch(`${key}:${'x'.repeat(300)}`)).toBeDefined();
      expect(() => parseIssueSearch(`${key}:${'x'.repeat(301)}`)).toThrow(Refusal);
    }
  });
});

describe('who is meant by what is typed', () => {
  it('is each of the four forms, or the one that is named', () => {
    expect(identityFormsOf(' Ada@Example.com ')).toEqual([
      'id:Ada@Example.com',
      'email:ada@example.com',
      'username:Ada@Example.com',
      'ip:Ada@Example.com',
    ]);
    expect(identityFormsOf('ip:2001:db8::1')).toEqual(['ip:2001:db8::1']);
    expect(identityFormsOf('2001:db8::1')).toContain('ip:2001:db8::1');
    expect(identityFormsOf('email: ')).toEqual([]);
  });
});
