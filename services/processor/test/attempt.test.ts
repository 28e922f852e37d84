import { ClickHouseError } from '@culprit/clickhouse';
import { PostgresError } from '@culprit/postgres';
import { describe, expect, test } from 'vitest';
import {
  type Attempt,
  FIRST_ATTEMPT,
  isPassing,
  nextAttempt,
  SettleError,
  STARVED_TRIES,
  STARVED_TRIES_ALONE,
} from '../batch/attempt.ts';

const permanent = new PostgresError('22P02', 'bad');

describe('a permanent failure', () => {
  test('halves the batch until one record is left, which is condemned', () => {
    let attempt: Attempt = FIRST_ATTEMPT;
    const sizes: number[] = [];
    for (let size = 500; attempt.condemned === undefined; size = attempt.cap) {
      attempt = nextAttempt(attempt, new SettleError('store', size, [], permanent));
      sizes.push(attempt.cap);
    }
    expect(sizes).toEqual([250, 125, 62, 31, 15, 7, 3, 1, 1]);
    expect(attempt.condemned).toBe('PostgresError 22P02');
  });

  test('of a dead letter itself is thrown: something else is wrong', () => {
    const condemned: Attempt = { ...FIRST_ATTEMPT, cap: 1, failed: 'store', condemned: 'x' };
    const failure = new SettleError('commit', 1, [], permanent);
    expect(() => nextAttempt(condemned, failure)).toThrow(failure);
  });
});

describe('too many parts or too little memory', () => {
  test.each(['241', '252'])('code %s is waited for before anybody is blamed', (code) => {
    const starving = new ClickHouseError(code, 'starved');
    expect(isPassing(starving)).toBe(false);
    let attempt: Attempt = FIRST_ATTEMPT;
    let tries = 0;
    while (attempt.cap > 500) {
      attempt = nextAttempt(attempt, new SettleError('store', 500, [], starving));
      tries += 1;
    }
    expect(tries).toBe(STARVED_TRIES + 1);
    for (tries = 0; attempt.condemned === undefined; tries += 1) {
      attempt = nextAttempt(attempt, new SettleError('store', 1, [], starving));
    }
    expect(tries).toBe(STARVED_TRIES_ALONE + 1);
  });
});

test.each([
  ['a lost connection to ClickHouse', new ClickHouseError('connection', 'x'), true],
  ['a deadlock in PostgreSQL', new PostgresError('40P01', 'x'), true],
  ['a refused value', new ClickHouseError('27', 'x'), false],
  ['a violated constraint', new PostgresError('23505', 'x'), false],
])('%s passes by itself: %#', (_, error, expected) => {
  expect(isPassing(error)).toBe(expected);
});
