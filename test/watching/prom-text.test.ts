import { expect, test } from 'vitest';
import { parseMetrics, parseQuery } from './prom-text.ts';

test('a page of metrics tells its series and their labels', () => {
  const series = parseMetrics(
    [
      '# HELP a_total What is counted.',
      '# TYPE a_total counter',
      'a_total{code="x}y",store="postgres"} 3',
      '# TYPE b_seconds histogram',
      'b_seconds_bucket{le="0.2",route="/api/:project/"} 1',
      '# TYPE c gauge',
      'c 1',
    ].join('\n'),
  );
  expect([...series].map(([name, labels]) => [name, [...labels].sort()])).toEqual([
    ['a_total', ['code', 'store']],
    ['b_seconds_bucket', ['le', 'route']],
    ['b_seconds_sum', []],
    ['b_seconds_count', []],
    ['c', []],
  ]);
});

test('an expression tells its metrics and labels', () => {
  expect(
    parseQuery(
      'histogram_quantile(0.95, sum by (instance, le) (rate(a_bucket{route!="x",code=~"b(c)|{d}"}[5m]))) > 0.2 and on () min_over_time(b[5m]) == 1e9',
    ),
  ).toEqual({
    metrics: [
      { metric: 'a_bucket', labels: ['route', 'code'] },
      { metric: 'b', labels: [] },
    ],
    groupings: ['instance', 'le'],
  });
});
