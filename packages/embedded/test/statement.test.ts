import { describe, expect, test } from 'vitest';
import { rewriteKillQuery } from '../src/clickhouse/kill-query.ts';
import { parseStatement } from '../src/clickhouse/statement.ts';

function insertOf(text: string) {
  const statement = parseStatement(text);
  if (statement.kind !== 'insert') throw new Error('not an insert');
  const { target, settings, format, dataStart } = statement;
  return { target, settings, format, data: text.slice(dataStart) };
}

describe('an insert', () => {
  test('is cut where its data begins', () => {
    expect(insertOf('INSERT INTO t (a, b) FORMAT JSONEachRow\n{"a":1}\n\nDROP TABLE t')).toEqual({
      target: 'INSERT INTO t (a, b) ',
      settings: '',
      format: 'JSONEachRow',
      data: '{"a":1}\n\nDROP TABLE t',
    });
    expect(insertOf("insert into d.`t;` settings a = 'FORMAT x', b = 1 format RowBinary\r\n\n\n")).toEqual({
      target: 'insert into d.`t;` ',
      settings: "settings a = 'FORMAT x', b = 1 ",
      format: 'RowBinary',
      data: '\n\n',
    });
    expect(insertOf("INSERT INTO t VALUES ('a;'), ('SELECT')")).toMatchObject({
      format: 'Values',
      data: " ('a;'), ('SELECT')",
    });
    expect(insertOf('INSERT INTO t -- FORMAT a\n/* VALUES */ FORMAT b {}')).toMatchObject({
      format: 'b',
      data: '{}',
    });
  });

  test('from a SELECT is a statement like others, in a lane of its own', () => {
    const sql = 'INSERT INTO t (a) SELECT 1 FORMAT JSON';
    expect(parseStatement(sql)).toEqual({
      kind: 'plain',
      sql,
      lane: 'change',
      hasResult: false,
      format: 'JSON',
    });
  });

  test.each([
    'INSERT INTO t',
    'INSERT INTO t (a)',
    'INSERT INTO t FORMAT',
    "INSERT INTO t FORMAT 'x'",
    'INSERT INTO t; FORMAT x',
    "INSERT INTO t FROM INFILE '/etc/passwd' FORMAT x",
    'INSERT INTO t SETTINGS a = 1; DROP TABLE t',
  ])('is refused as %s', (text) => {
    expect(() => parseStatement(text)).toThrow(/^Code: 62\. DB::Exception: Syntax error/);
  });
});

describe('a statement', () => {
  test.each([
    ['SELECT 1', 'read'],
    ['with 1 as a select a', 'read'],
    ['(SELECT 1)', 'read'],
    ['/* a */ -- b\n SHOW TABLES', 'read'],
    ['CHECK TABLE t', 'read'],
    ['KILL MUTATION WHERE 1', 'control'],
    ['ALTER TABLE t DELETE WHERE 1', 'change'],
    ['OPTIMIZE TABLE t', 'change'],
    ['SYSTEM FLUSH LOGS', 'change'],
  ])('%s goes to lane %s', (sql, lane) => {
    expect(parseStatement(sql)).toMatchObject({ kind: 'plain', lane, hasResult: lane !== 'change' });
  });

  test('may end with a semicolon, blanks and comments', () => {
    const sql = "SELECT ';', `;`, \";\", '\\';', ''';' /* ; */";
    expect(parseStatement(`${sql} ; -- done;\n /* ; */ `)).toMatchObject({ sql: `${sql} ` });
  });

  test.each([
    ['nothing', ''],
    ['nothing but a comment', '-- SELECT 1'],
    ['nothing but a semicolon', ';'],
    ['two statements', 'SELECT 1; SELECT 2'],
    ['two statements behind an escaped quote', "SELECT '\\\\'; SELECT 2 -- '"],
    ['two statements behind a comment that the engine nests', 'SELECT 1 /* /* */ ; SELECT 2 -- */'],
    ['a heredoc', "SELECT $x$'$x$; SELECT 2 -- '"],
    ['quotes outside ASCII', 'SELECT ‘'],
    ['an open quote', "SELECT 'a"],
    ['an open comment', 'SELECT 1 /* a'],
    ['a comment in #', "SELECT 1 # '\n; SELECT 2 -- '"],
    ['a file to write', "SELECT 1 INTO OUTFILE 'x'"],
  ])('is refused when it is %s', (_, text) => {
    expect(() => parseStatement(Buffer.from(text).toString('latin1'))).toThrow(/^Code: 62\. /);
  });
});

describe('KILL QUERY', () => {
  const conditionOf = (id: string): string | undefined => (id === 'mine' ? 'found(1)' : undefined);

  test.each([
    ["KILL QUERY WHERE query_id = 'mine' SYNC", 'KILL QUERY WHERE found(1) ASYNC'],
    [
      "kill query where QUERY_ID='mine' and user='a' format JSON",
      "kill query where found(1) and user='a' format JSON",
    ],
    ["KILL QUERY WHERE query_id = 'other'", "KILL QUERY WHERE query_id = 'other'"],
    ["KILL QUERY WHERE query = 'query_id = ''mine'''", "KILL QUERY WHERE query = 'query_id = ''mine'''"],
    ["KILL MUTATION WHERE mutation_id = 'x' SYNC", "KILL MUTATION WHERE mutation_id = 'x' SYNC"],
  ])('%s becomes %s', (sql, rewritten) => {
    expect(rewriteKillQuery(sql, conditionOf)).toBe(rewritten);
  });
});
