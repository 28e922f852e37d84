import { type Token, tokensOf } from './tokens.ts';

/**
 * The engine gives each query an id of its own, and a client knows only the one it chose: `query_id = '<client's>'` becomes a condition that finds it. `SYNC` becomes `ASYNC`, because
 * in the embedded engine `SYNC` never returns.
 *
 * @param conditionOf the condition for a client's id; undefined when no such query runs, and the statement then stays as it is
 */
export function rewriteKillQuery(sql: string, conditionOf: (queryId: string) => string | undefined): string {
  const tokens = [...tokensOf(sql)];
  if (tokens[1]?.value !== 'QUERY') return sql;
  let rewritten = '';
  let from = 0;
  const replace = (first: Token, last: Token, by: string): void => {
    rewritten += sql.slice(from, first.start) + by;
    from = last.end;
  };
  tokens.forEach((token, at) => {
    const last = tokens[at + 2];
    if (token.value === 'SYNC') replace(token, token, 'ASYNC');
    if (token.value !== 'QUERY_ID' || tokens[at + 1]?.value !== '=' || last?.kind !== 'text') return;
    const condition = conditionOf(unquote(last.value));
    if (condition !== undefined) replace(token, last, condition);
  });
  return rewritten + sql.slice(from);
}

/** Enough for ids: an id with an escape in it is not found. */
function unquote(text: string): string {
  return text.slice(1, -1);
}
