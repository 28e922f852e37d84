import { describe, expect, test } from 'vitest';
import { isRetryable, toPostgresError } from '../src/errors.ts';
import { isTransient, isUniqueViolation, PostgresError } from '../src/index.ts';

function pgError(code: string, extra: object = {}): Error {
  return Object.assign(new Error('said by the server'), { code, ...extra });
}

describe('errors', () => {
  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    '57P01',
    '57P03',
    '40001',
    '40P01',
    '55P03',
    '53300',
    '08006',
  ])('%s passes by itself', (code) => {
    expect(isTransient(toPostgresError(pgError(code)))).toBe(true);
  });

  test.each(['23505', '42P01', '22P02', '42601', '23503'])('%s does not pass by itself', (code) => {
    expect(isTransient(toPostgresError(pgError(code)))).toBe(false);
  });

  test('a connection lost without a code is known by what pg says', () => {
    const error = toPostgresError(new Error('Connection terminated unexpectedly'));
    expect(error).toBeInstanceOf(PostgresError);
    expect((error as PostgresError).code).toBe('connection');
    expect(isTransient(error)).toBe(true);
  });

  test('an error of the caller passes through unchanged and is not transient', () => {
    const error = new TypeError('a bug');
    expect(toPostgresError(error)).toBe(error);
    expect(isTransient(error)).toBe(false);
  });

  test('a lost connection is transient, yet a transaction is not repeated for it', () => {
    const error = toPostgresError(pgError('ECONNRESET'));
    expect(isTransient(error)).toBe(true);
    expect(isRetryable(error)).toBe(false);
  });

  test('the violated constraint is named', () => {
    const error = toPostgresError(pgError('23505', { constraint: 'users_email_key' }));
    expect(isUniqueViolation(error, 'users_email_key')).toBe(true);
    expect(isUniqueViolation(error, 'another')).toBe(false);
  });
});
