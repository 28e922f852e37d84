/** What a `/metrics` page declares: names of series (with `_bucket`, `_sum`, `_count`) and the labels that each can have. */
export type Series = Map<string, Set<string>>;

/** Reads the text format of Prometheus. Metrics without a sample yet are there with the labels that are known: none. */
export function parseMetrics(text: string): Series {
  const series: Series = new Map();
  const labelsOf = (name: string): Set<string> => {
    const known = series.get(name) ?? new Set<string>();
    series.set(name, known);
    return known;
  };
  for (const line of text.split('\n')) {
    const declared = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (declared !== null) {
      const [, name = '', type] = declared;
      const endings = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      for (const ending of endings) labelsOf(`${name}${ending}`);
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? /.exec(line);
    if (sample === null) continue;
    const known = labelsOf(sample[1] ?? '');
    for (const [, label] of (sample[2] ?? '').matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="/g)) known.add(label ?? '');
  }
  return series;
}

export interface Used {
  readonly metric: string;
  /** Labels that stand in its braces. */
  readonly labels: readonly string[];
}

export interface Query {
  readonly metrics: readonly Used[];
  /** Labels of `by (…)` and `on (…)`. */
  readonly groupings: readonly string[];
}

/** Words of PromQL that look like metrics. */
const KEYWORDS = new Set([
  'and',
  'or',
  'unless',
  'by',
  'on',
  'without',
  'group_left',
  'group_right',
  'ignoring',
  'bool',
]);

/** The metrics and labels of an expression. Enough of PromQL for our own files: a name before `(` is a function. */
export function parseQuery(expression: string): Query {
  const metrics: Used[] = [];
  const groupings: string[] = [];
  const text = expression.replaceAll(
    /\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)/g,
    (_all, list: string) => {
      groupings.push(
        ...list
          .split(',')
          .map((label) => label.trim())
          .filter((label) => label !== ''),
      );
      return ' ';
    },
  );
  const quiet = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').replaceAll(/\[[^\]]*\]/g, ' ');
  for (const match of quiet.matchAll(/(?<![\w.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\}|\()?/g)) {
    const [, name = '', after = ''] = match;
    if (after === '(' || KEYWORDS.has(name)) continue;
    const labels = [...after.matchAll(/([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label ?? '');
    metrics.push({ metric: name, labels });
  }
  // What stands in braces is not a metric: it was consumed with its name.
  return { metrics, groupings };
}
