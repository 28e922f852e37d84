/** What a migration file may not do, and the step to take in its place. */
export interface Complaint {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly problem: string;
  readonly instead: string;
}

interface Statement {
  /** Lower case, white space as single spaces, without comments and without what stands in quotes. */
  readonly text: string;
  readonly line: number;
}

const HOW_TO = 'see docs/removing-a-column.md';
const KEEP_IT = `keep it: expand, stop writing, stop reading, and leave it there (${HOW_TO})`;
const NEW_COLUMN = `add a new column, write both, fill the old rows by a job, read the new one (${HOW_TO})`;

/**
 * Checks one PostgreSQL file. While it runs, the release before it still works on the same database, so nothing that this one uses
 * may go away, change its type or be locked for long. Tables created in the same file are nobody's yet.
 */
export function lintPostgresMigration(file: string, text: string): readonly Complaint[] {
  const statements = statementsOf(text);
  const created = new Set(
    statements.flatMap(
      ({ text: statement }) =>
        /^create (?:unlogged )?table (?:if not exists )?([\w.]+)/.exec(statement)?.slice(1, 2) ?? [],
    ),
  );
  const found = statements.flatMap((statement) =>
    [
      ...complaintsAboutStatement(statement.text),
      ...complaintsAboutIndex(statement.text, created, text),
      ...complaintsAboutAlter(statement.text, created),
    ].map(([problem, instead]) => ({ file, line: statement.line, problem, instead })),
  );
  if (text.startsWith('-- no transaction') && statements.length !== 1) {
    found.push({
      file,
      line: 1,
      problem: 'a file without a transaction holds more than one statement, or none',
      instead: 'give each statement a file of its own, so that each can be repeated by itself',
    });
  }
  return found;
}

/** Checks one ClickHouse file: one statement that can be repeated and that takes nothing away. */
export function lintClickHouseMigration(file: string, text: string): readonly Complaint[] {
  const statements = statementsOf(text);
  const found: Complaint[] = [];
  if (statements.length !== 1) {
    found.push({
      file,
      line: 1,
      problem: 'not exactly one statement',
      instead: 'give each statement a file of its own: a process may die between two of them',
    });
  }
  for (const { text: statement, line } of statements) {
    const complain = (problem: string, instead: string): void => {
      found.push({ file, line, problem, instead });
    };
    const removing = /\b(drop|rename|modify(?! setting)|truncate|detach|exchange|delete)\b/.exec(
      statement,
    )?.[1];
    if (removing === 'modify') complain('modify changes a column under running code', NEW_COLUMN);
    else if (removing !== undefined) complain(`${removing} takes away what running code uses`, KEEP_IT);
    if (
      /\b(create (?!or replace)|add (column|index|projection))/.test(statement) &&
      !statement.includes('if not exists')
    ) {
      complain('the statement cannot be repeated', 'write if not exists');
    }
    if (/^create table/.test(statement) && !text.includes('ENGINE = MergeTree\n')) {
      complain(
        'the engine is not where a cluster replaces it',
        'write ENGINE = MergeTree on a line of its own',
      );
    }
  }
  return found;
}

type Finding = readonly [problem: string, instead: string];

function complaintsAboutStatement(statement: string): readonly Finding[] {
  const dropped = /^drop (table|schema|type|view|materialized view|sequence|domain)\b/.exec(statement)?.[1];
  if (dropped !== undefined) return [[`drop ${dropped}`, KEEP_IT]];
  if (/^truncate\b/.test(statement)) return [['truncate', KEEP_IT]];
  if (/^do\b/.test(statement)) {
    return [['a do block, which this check cannot look into', 'write plain statements; back-fills are jobs']];
  }
  if (/^alter (?!table\b)[\s\S]*\brename\b/.test(statement)) return [['rename', KEEP_IT]];
  return [];
}

function complaintsAboutIndex(
  statement: string,
  created: ReadonlySet<string>,
  file: string,
): readonly Finding[] {
  if (/^drop index (?!concurrently\b)/.test(statement)) {
    return [
      [
        'drop index locks the table',
        'drop index concurrently if exists, in a file that begins with -- no transaction',
      ],
    ];
  }
  const index =
    /^create (?:unique )?index (concurrently )?(if not exists )?[\s\S]*?\bon (?:only )?([\w.]+)/.exec(
      statement,
    );
  if (index === null) return [];
  const [, concurrently, ifNotExists, table = ''] = index;
  if (concurrently === undefined) {
    return created.has(table)
      ? []
      : [
          [
            `an index on ${table}, which exists already, locks out its writers`,
            'create index concurrently if not exists, in a file of its own that begins with -- no transaction',
          ],
        ];
  }
  return file.startsWith('-- no transaction') && ifNotExists !== undefined
    ? []
    : [
        [
          'create index concurrently that cannot be repeated',
          'begin the file with -- no transaction and write if not exists',
        ],
      ];
}

function complaintsAboutAlter(statement: string, created: ReadonlySet<string>): readonly Finding[] {
  const alter = /^alter table (?:if exists )?(?:only )?([\w.]+) ([\s\S]*)$/.exec(statement);
  if (alter === null) return [];
  const [, table = '', actions = ''] = alter;
  const isNew = created.has(table);
  return actionsOf(actions).flatMap((action) => complaintsAboutAction(action, isNew));
}

function complaintsAboutAction(action: string, isNew: boolean): readonly Finding[] {
  if (/^drop (?!constraint\b)/.test(action)) return [['drop column', KEEP_IT]];
  if (/^rename\b/.test(action)) return [['rename', NEW_COLUMN]];
  if (/^alter (?:column )?\w+ (?:set data )?type\b/.test(action))
    return [['a column changes its type', NEW_COLUMN]];
  if (isNew) return [];
  if (/^alter (?:column )?\w+ set not null/.test(action)) {
    return [
      [
        'set not null reads the whole table under a lock',
        'add a check constraint not valid, validate it in the next file, and leave it at that',
      ],
    ];
  }
  const isColumn = /^add (?!constraint\b|check\b|unique\b|primary\b|foreign\b|exclude\b)/.test(action);
  if (isColumn && /\bnot null\b/.test(action) && !/\b(default|generated)\b/.test(action)) {
    return [
      [
        'a new column that is not null has no default: rows of the release before this one are refused',
        `give it a default, or let it be null (${HOW_TO})`,
      ],
    ];
  }
  return [];
}

/** The parts of an `alter table`, split at commas that stand in no parentheses. */
function actionsOf(text: string): readonly string[] {
  const actions = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === ',' && depth === 0) actions.push('');
    else actions[actions.length - 1] += character;
  }
  return actions.map((action) => action.trim());
}

/** Comments, quoted text, dollar-quoted bodies, and what ends a statement. */
const TOKEN = /--[^\n]*|'(?:[^']|'')*'|\$([a-z_]*)\$|;/g;

function statementsOf(text: string): readonly Statement[] {
  const statements: Statement[] = [];
  let current = '';
  let start = 0;
  let at = 0;
  const end = (next: number): void => {
    const firstWord = text.slice(start).search(/\S/);
    const line = text.slice(0, start + Math.max(0, firstWord)).split('\n').length;
    const normalized = current.replaceAll(/\s+/g, ' ').trim().toLowerCase();
    if (normalized !== '') statements.push({ text: normalized, line });
    current = '';
    start = next;
  };
  TOKEN.lastIndex = 0;
  for (let token = TOKEN.exec(text); token !== null; token = TOKEN.exec(text)) {
    current += text.slice(at, token.index);
    at = token.index + token[0].length;
    if (token[0] === ';') end(at);
    else if (token[0].startsWith('--')) {
      if (current.trim() === '') start = at;
    } else if (token[0].startsWith('$')) {
      const close = text.indexOf(token[0], at);
      at = close === -1 ? text.length : close + token[0].length;
      TOKEN.lastIndex = at;
      current += " '' ";
    } else current += " '' ";
  }
  current += text.slice(at);
  end(text.length);
  return statements;
}
