import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lintClickHouseMigration, lintPostgresMigration } from '../src/index.ts';

const migrations = join(import.meta.dirname, '../../../migrations');

function problemsOf(text: string): readonly string[] {
  return lintPostgresMigration('0009_x.sql', text).map((complaint) => complaint.problem);
}

describe('the migrations of this repository', () => {
  test.each(['postgres', 'clickhouse'] as const)('of %s take nothing away from running code', (store) => {
    const lint = store === 'postgres' ? lintPostgresMigration : lintClickHouseMigration;
    const names = readdirSync(join(migrations, store));
    expect(names).not.toEqual([]);
    expect(names.flatMap((name) => lint(name, readFileSync(join(migrations, store, name), 'utf8')))).toEqual(
      [],
    );
  });
});

describe('a PostgreSQL migration', () => {
  test.each([
    ['drop table issues;', 'drop table'],
    ['DROP TABLE IF EXISTS issues;', 'drop table'],
    ['alter table issues drop column title;', 'drop column'],
    ['alter table issues drop title;', 'drop column'],
    ['alter table issues add column a int, drop column title;', 'drop column'],
    ['alter table only issues rename column title to name;', 'rename'],
    ['alter table issues rename to problems;', 'rename'],
    ['alter index a rename to b;', 'rename'],
    ['alter table issues alter column short_id type int;', 'a column changes its type'],
    ['alter table issues alter short_id set data type int;', 'a column changes its type'],
    ['truncate issues;', 'truncate'],
    ['create table a (b int); -- fine\n\ndrop table issues;', 'drop table'],
  ])('is refused: %s', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  test('may not lock out the writers of an existing table with an index', () => {
    expect(problemsOf('create index a on issues (title);')).toHaveLength(1);
    expect(problemsOf('create unique index if not exists a on issues (title);')).toHaveLength(1);
    expect(problemsOf('drop index a;')).toHaveLength(1);
  });

  test('may index a table that it creates itself', () => {
    expect(problemsOf('create table a (b int);\ncreate index c on a (b);')).toEqual([]);
  });

  test('indexes concurrently, in a file of its own that can be repeated', () => {
    expect(
      problemsOf('-- no transaction\ncreate index concurrently if not exists a on issues (title);'),
    ).toEqual([]);
    expect(problemsOf('create index concurrently if not exists a on issues (title);')).toHaveLength(1);
    expect(problemsOf('-- no transaction\ncreate index concurrently a on issues (title);')).toHaveLength(1);
    expect(
      problemsOf(
        '-- no transaction\ncreate index concurrently if not exists a on issues (title);\nselect 1;',
      ),
    ).toHaveLength(1);
  });

  test('gives a new column that is not null a default', () => {
    expect(problemsOf('alter table issues add column a int not null;')).toHaveLength(1);
    expect(problemsOf('alter table issues add a int not null, add column b int;')).toHaveLength(1);
    expect(problemsOf('alter table issues add column a numeric(3, 2) not null default 0;')).toEqual([]);
    expect(problemsOf('alter table issues add column a int;')).toEqual([]);
    expect(problemsOf('alter table issues alter column a set not null;')).toHaveLength(1);
  });

  test('may drop a constraint or a default', () => {
    expect(problemsOf('alter table issues drop constraint a;')).toEqual([]);
    expect(problemsOf('alter table issues alter column a drop default;')).toEqual([]);
  });

  test('is not misread because of comments, quotes and function bodies', () => {
    const text = `-- drop table issues;
      comment on table issues is 'drop table; it''s; -- not';
      create function f() returns trigger language plpgsql as $$
      begin
        drop table x; return null;
      end $$;
      create table a (b text not null default ';drop table c;');`;
    expect(problemsOf(text)).toEqual([]);
  });

  test('is told the line and the step to take instead', () => {
    const [complaint] = lintPostgresMigration(
      '0009_x.sql',
      '-- why\n\nselect 1;\n\nalter table issues\n  drop column title;\n',
    );
    expect(complaint).toMatchObject({ file: '0009_x.sql', line: 5 });
    expect(complaint?.instead).toContain('docs/removing-a-column.md');
  });
});

describe('a ClickHouse migration', () => {
  test.each([
    'DROP TABLE events',
    'ALTER TABLE events DROP COLUMN title',
    'RENAME TABLE events TO e',
    'ALTER TABLE events RENAME COLUMN a TO b',
    'ALTER TABLE events MODIFY COLUMN title String',
    'ALTER TABLE events ADD COLUMN title String',
    'ALTER TABLE events DELETE WHERE 1',
    'SELECT 1; SELECT 2',
    'CREATE TABLE events (a Int8)\nENGINE = MergeTree\nORDER BY a',
    'CREATE TABLE IF NOT EXISTS events (a Int8) ENGINE=MergeTree ORDER BY a',
    '-- only a comment',
  ])('is refused: %s', (text) => {
    expect(lintClickHouseMigration('0009_x.sql', text)).toHaveLength(1);
  });

  test.each([
    "ALTER TABLE events ADD COLUMN IF NOT EXISTS title String DEFAULT 'DROP'",
    'ALTER TABLE events MODIFY SETTING old_parts_lifetime = 60',
    'CREATE TABLE IF NOT EXISTS x (a Int8)\nENGINE = MergeTree\nORDER BY a;\n',
  ])('is fine: %s', (text) => {
    expect(lintClickHouseMigration('0009_x.sql', text)).toEqual([]);
  });
});
