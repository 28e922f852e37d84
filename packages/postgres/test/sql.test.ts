import { describe, expect, test } from 'vitest';
import { emptySql, identifier, joinSql, json, sql } from '../src/index.ts';

describe('sql', () => {
  test('a value becomes a parameter, whatever it says', () => {
    const name = `'; drop table issues; --`;
    const statement = sql`select id from issues where title = ${name}`;
    expect(statement.text).toBe('select id from issues where title = $1');
    expect(statement.values).toEqual([name]);
  });

  test('an array is one parameter', () => {
    const statement = sql`select 1 where 3 = any(${[1, 2, 3]}::int[]) and ${true}`;
    expect(statement.text).toBe('select 1 where 3 = any($1::int[]) and $2');
    expect(statement.values).toEqual([[1, 2, 3], true]);
  });

  test('nested fragments are placed in order and numbered anew', () => {
    const inner = sql`a = ${1} and b = ${2}`;
    const statement = sql`select ${0} where (${inner}) or (${inner}) limit ${9}`;
    expect(statement.text).toBe('select $1 where (a = $2 and b = $3) or (a = $4 and b = $5) limit $6');
    expect(statement.values).toEqual([0, 1, 2, 1, 2, 9]);
  });

  test('an object that only looks like a fragment is a value', () => {
    const forged = { text: 'drop table issues', values: [] } as unknown as string;
    expect(sql`select ${forged}`.text).toBe('select $1');
  });

  test('fragments are joined by a separator', () => {
    const parts = [sql`a = ${1}`, sql`b = ${2}`, sql`c`];
    const statement = sql`where ${joinSql(parts, sql` and `)}${emptySql}`;
    expect(statement.text).toBe('where a = $1 and b = $2 and c');
    expect(joinSql([], sql`, `).text).toBe('');
  });

  test('a name is quoted', () => {
    expect(sql`drop database ${identifier('a"; b')}`.text).toBe('drop database "a""; b"');
    expect(() => identifier('')).toThrow(RangeError);
  });
});

describe('json', () => {
  test('text that jsonb cannot hold is replaced, in keys too', () => {
    expect(json({ 'a\0': ['b\0c', { d: '\0' }] })).toBe('{"a\ufffd":["b\ufffdc",{"d":"\ufffd"}]}');
  });

  test('an escaped backslash before u0000 stays as it is', () => {
    const value = { a: '\\u0000' };
    expect(JSON.parse(json(value))).toEqual(value);
  });

  test('undefined has no JSON form', () => {
    expect(() => json(undefined)).toThrow(TypeError);
  });
});
