import { ClickHouseError as ServerError } from '@clickhouse/client';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { toClickHouseError } from '../src/errors.ts';
import {
  ClickHouseError,
  defineQuery,
  isMemoryLimit,
  isTransient,
  registeredQueries,
  sampleParams,
  time,
} from '../src/index.ts';

const row = z.object({});

describe('defineQuery', () => {
  test('placeholders and parameters must be the same', () => {
    const params = { a: z.number() };
    expect(() =>
      defineQuery({ name: 'test_missing', params, row, sql: 'SELECT {a:UInt8}, {b:UInt8}' }),
    ).toThrow('placeholders are (a, b), parameters are (a)');
    expect(() => defineQuery({ name: 'test_surplus', params, row, sql: 'SELECT 1' })).toThrow(
      ClickHouseError,
    );
  });

  test('a placeholder has one type', () => {
    const params = { a: z.number() };
    expect(() =>
      defineQuery({ name: 'test_types', params, row, sql: 'SELECT {a:UInt8}, {a:String}' }),
    ).toThrow('both UInt8 and String');
  });

  test('a name is taken once, and the query is registered', () => {
    const query = { name: 'test_once', params: {}, row, sql: 'SELECT 1' };
    defineQuery(query);
    expect(registeredQueries().map(({ name }) => name)).toContain('test_once');
    expect(() => defineQuery(query)).toThrow('defined twice');
  });

  test('a sample is made for every type', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const query = defineQuery({
      name: 'test_sample',
      params: Object.fromEntries(names.map((name) => [name, z.unknown()])),
      row,
      sql: 'SELECT {a:UInt64}, {b:Array(UUID)}, {c:Nullable(String)}, {d:DateTime64(3)}, {e:Float32}, {f:Array(Array(Int8))}',
    });
    expect(sampleParams(query)).toEqual({
      a: 1,
      b: ['00000000-0000-0000-0000-000000000001'],
      c: '00000000000000000000000000000001',
      d: '2026-11-20 00:00:00.000',
      e: 1,
      f: [[1]],
    });
  });
});

describe('row types', () => {
  test('a time is UTC', () => {
    expect(time.parse('2026-11-20 01:02:03.004')).toBe(Date.UTC(2026, 10, 20, 1, 2, 3, 4));
    expect(time.parse('2026-11-20 01:02:03')).toBe(Date.UTC(2026, 10, 20, 1, 2, 3));
    expect(time.parse('2026-11-20 01:02:03.004999')).toBe(Date.UTC(2026, 10, 20, 1, 2, 3, 4));
    expect(time.safeParse('20 November').success).toBe(false);
  });
});

describe('errors', () => {
  function serverError(code: string): ClickHouseError {
    return toClickHouseError(new ServerError({ message: 'said by the server', code, type: 'SOME_TYPE' }));
  }

  test.each(['159', '209', '210', '242', '252'])('code %s passes by itself', (code) => {
    expect(isTransient(serverError(code))).toBe(true);
  });

  test.each(['60', '62', '241'])('code %s does not', (code) => {
    expect(isTransient(serverError(code))).toBe(false);
  });

  test('too much memory is told apart: less of it may fit', () => {
    expect(isMemoryLimit(serverError('241'))).toBe(true);
    expect(isMemoryLimit(serverError('252'))).toBe(false);
  });

  test('what no server said is a lost connection', () => {
    for (const error of [
      new Error('socket hang up'),
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    ]) {
      expect(toClickHouseError(error).code).toBe('connection');
      expect(isTransient(toClickHouseError(error))).toBe(true);
    }
    expect(isTransient(toClickHouseError(new Error('Timeout error.')))).toBe(true);
  });

  test('an abort by the caller is not tried again', () => {
    expect(isTransient(toClickHouseError(new Error('The user aborted a request.')))).toBe(false);
  });
});
