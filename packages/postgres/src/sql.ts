/** What a statement may carry as a parameter. Objects go through `json`, so that nobody wonders what became of them. */
export type SqlParameter =
  | null
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | readonly SqlParameter[];

/** A statement or a part of one: text with `$1 … $n` and the values for them. Made by `sql` only. */
export interface Sql {
  readonly text: string;
  readonly values: readonly SqlParameter[];
}

class SqlFragment implements Sql {
  /** The text between the values; always one longer than `values`. */
  readonly chunks: readonly string[];
  readonly values: readonly SqlParameter[];

  constructor(chunks: readonly string[], values: readonly SqlParameter[]) {
    this.chunks = chunks;
    this.values = values;
  }

  get text(): string {
    let text = this.chunks[0] ?? '';
    for (let i = 1; i < this.chunks.length; i++) text += `$${i}${this.chunks[i]}`;
    return text;
  }
}

/**
 * A statement whose values can only become parameters: `` sql`select 1 from issues where id = any(${ids}::bigint[])` ``. An array is one
 * parameter (a PostgreSQL array); another `sql` fragment is placed as it is and its parameters are numbered anew.
 */
export function sql(strings: TemplateStringsArray, ...inserted: readonly (SqlParameter | Sql)[]): Sql {
  const chunks: string[] = [strings[0] ?? ''];
  const values: SqlParameter[] = [];
  for (const [i, value] of inserted.entries()) {
    const after = strings[i + 1] ?? '';
    if (value instanceof SqlFragment) {
      appendText(chunks, value.chunks[0] ?? '');
      chunks.push(...value.chunks.slice(1));
      values.push(...value.values);
      appendText(chunks, after);
    } else {
      values.push(value as SqlParameter);
      chunks.push(after);
    }
  }
  return new SqlFragment(chunks, values);
}

function appendText(chunks: string[], text: string): void {
  chunks[chunks.length - 1] += text;
}

/** Nothing; for a part of a statement that is there only sometimes. */
export const emptySql: Sql = new SqlFragment([''], []);

/** Fragments side by side, with `separator` (another fragment, such as `` sql` and ` ``) between them. */
export function joinSql(parts: readonly Sql[], separator: Sql): Sql {
  return parts.reduce((joined, part, i) => (i === 0 ? part : sql`${joined}${separator}${part}`), emptySql);
}

/** A quoted name of a table, column, database or channel: the one thing that PostgreSQL takes no parameter for. */
export function identifier(name: string): Sql {
  if (name === '' || name.length > 63 || name.includes('\0')) throw new RangeError('not a PostgreSQL name');
  return new SqlFragment([`"${name.replaceAll('"', '""')}"`], []);
}

/** A value as the text of a JSON document, for a `json` or `jsonb` column. */
export function json(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError('value has no JSON form');
  // PostgreSQL's jsonb has no U+0000; what foreign data holds there must not fail a whole batch.
  return text.includes('\\u0000') ? JSON.stringify(value, withoutNul) : text;
}

function withoutNul(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\ufffd');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  if (!entries.some(([key]) => key.includes('\0'))) return value;
  return Object.fromEntries(entries.map(([key, inner]) => [key.replaceAll('\0', '\ufffd'), inner]));
}

/** Text of a file of this repository as a statement. Not exported from the package: values never come this way. */
export function sqlOfFile(text: string): Sql {
  return new SqlFragment([text], []);
}
