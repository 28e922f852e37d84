import { describe, expect, test } from 'vitest';
import { redactionsOf, withoutAdditions } from '../src/features/settings/redactions.ts';

const note = (...rules: string[]) => ({ '': { rem: rules.map((rule) => [rule, 's', 0, 10]), len: 7 } });

const STORED = {
  event_id: 'a'.repeat(32),
  level: 'error',
  request: {
    headers: [
      ['Accept', 'text/html'],
      ['Authorization', '[Filtered]'],
    ],
  },
  extra: { password: '[Filtered]', deep: [{ card: '[Filtered]' }], long: 'x...' },
  _meta: {
    request: { headers: { '1': { '1': note('@password:filter') } } },
    extra: {
      password: note('@password:filter'),
      deep: { '0': { card: note('@creditcard:filter', 'strip-fields') } },
      long: note('!limit'),
    },
  },
};

describe('what was taken out of an event', () => {
  test('is told by its place and by the rule, not what was only cut', () => {
    expect(redactionsOf(STORED)).toEqual([
      { path: 'request.headers.Authorization', rules: ['@password:filter'] },
      { path: 'extra.password', rules: ['@password:filter'] },
      { path: 'extra.deep.0.card', rules: ['@creditcard:filter', 'strip-fields'] },
    ]);
  });

  test('of an event without notes is nothing', () => {
    for (const meta of [undefined, null, 5, {}, { extra: null }, { extra: { '': { rem: 'x' } } }]) {
      expect(redactionsOf({ _meta: meta })).toEqual([]);
    }
  });

  test('stands beside what was sent, without what the server adds', () => {
    const { request, extra } = STORED;
    expect(withoutAdditions(STORED, { request, extra })).toEqual({ request, extra });
    expect(withoutAdditions(STORED, { level: 'error' })).toEqual({ level: 'error', request, extra });
  });
});
