import { type ClickHouse, ClickHouseError, type QueryDefinition } from '@culprit/clickhouse';
import type { Database, Queryable, Sql } from '@culprit/postgres';
import type { Sabotage } from '../../services/processor/test/scenarios.ts';

/** Makes a sabotage; each test has its own, since some count. */
export type SabotageOf = () => Sabotage;

type Block = Parameters<ClickHouse['storeBlock']>[0];

/** A ClickHouse that stores another block than it is given; the real procedure then works on that one. */
function storing(change: (block: Block) => Block): Sabotage {
  return {
    clickhouse: (clickhouse) => ({
      ...clickhouse,
      storeBlock: (block) => clickhouse.storeBlock(change(block)),
    }),
  };
}

/** The topic is the beginning of a token. */
function withFreshTokens(change: (block: Block) => Block = (block) => block): Sabotage {
  let attempt = 0;
  return storing((block) => {
    attempt += 1;
    return { ...change(block), topic: `${block.topic}-${attempt}` };
  });
}

const withoutReadBack = (block: Block): Block => ({ ...block, takeOver: false });

/** As if the token held the attempt. */
export const noToken: SabotageOf = () => withFreshTokens();

export const noReadBack: SabotageOf = () => storing(withoutReadBack);

export const noTokenAndNoReadBack: SabotageOf = () => withFreshTokens(withoutReadBack);

export const outcomesNotStored: SabotageOf = () => ({
  clickhouse: (clickhouse) => ({
    ...clickhouse,
    storeBlock: async (block) =>
      block.table === 'outcomes' ? { how: 'inserted' } : clickhouse.storeBlock(block),
  }),
});

/** Every refusal looks as if it would pass by itself. */
export const everyFailureRetried: SabotageOf = () => ({
  clickhouse: (clickhouse) => ({
    ...clickhouse,
    storeBlock: (block) =>
      clickhouse.storeBlock(block).catch((cause) => {
        throw new ClickHouseError('connection', 'dressed up', { cause });
      }),
  }),
});

/** A ClickHouse that finds nothing when it is asked this query. */
function finding(name: string): Sabotage {
  return {
    clickhouse: (clickhouse) => ({
      ...clickhouse,
      query: async (definition, params, options) =>
        (definition as QueryDefinition).name === name ? [] : clickhouse.query(definition, params, options),
    }),
  };
}

export const duplicatesNotLookedUp: SabotageOf = () => finding('rows_by_event_id');

/** Of records that are no events. */
export const recordsNotLookedUp: SabotageOf = () => finding('rows_by_record_id');

export const noLookAhead: SabotageOf = () => finding('last_stored_offset');

/** A database whose statements, in and outside transactions, go through `execute` and `maybeOne` first. */
function rewriting(
  rewrite: (queryable: Queryable) => Partial<Pick<Queryable, 'execute' | 'maybeOne'>>,
): Sabotage {
  return {
    database: (database) => ({
      ...database,
      ...rewrite(database),
      transaction: (fn, options) => database.transaction((tx) => fn({ ...tx, ...rewrite(tx) }), options),
    }),
  };
}

function isAbout(statement: Sql, text: string): boolean {
  return statement.text.includes(text);
}

export const noPositionCheck: SabotageOf = () =>
  rewriting(({ execute }) => ({
    execute: (statement) => {
      if (!isAbout(statement, 'update log_positions')) return execute(statement);
      const text = statement.text.replace(/ and next = \$\d+$/, '');
      if (text === statement.text) throw new Error('there is no position check to take away');
      return execute({ text, values: statement.values.slice(0, -1) });
    },
  }));

/** Plans that lie there are not seen, and the next one takes their place. */
export const noAdoption: SabotageOf = () =>
  rewriting(({ execute, maybeOne }) => ({
    maybeOne: async (statement) => (isAbout(statement, 'from batch_plans') ? undefined : maybeOne(statement)),
    execute: async (statement) => {
      if (isAbout(statement, 'insert into batch_plans')) {
        const values = statement.values.slice(0, 2);
        await execute({ text: 'delete from batch_plans where topic = $1 and partition = $2', values });
      }
      return execute(statement);
    },
  }));

export const issuesNotCounted: SabotageOf = () =>
  rewriting(({ execute }) => ({
    execute: async (statement) => (isAbout(statement, 'update issues set') ? 0 : execute(statement)),
  }));

/** Each statement is a transaction of its own. */
export const commitInPieces: SabotageOf = () => ({
  database: (database: Database) => ({
    ...database,
    transaction: (fn) => fn({ ...database, isTransaction: true }),
  }),
});

/** Several promises broken at once, where one of them catches what the other lets through. */
export function together(...sabotages: readonly SabotageOf[]): SabotageOf {
  return () => {
    const parts = sabotages.map((make) => make());
    return {
      database: (database) => parts.reduce((broken, part) => part.database?.(broken) ?? broken, database),
      clickhouse: (clickhouse) =>
        parts.reduce((broken, part) => part.clickhouse?.(broken) ?? broken, clickhouse),
    };
  };
}
