/** What the other tests take a PromQL expression to speak of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertKnown } from './known-metrics.ts';
import { readExpression } from './promql.ts';

test('metrics are told from functions, operators, labels, durations and texts', () => {
  const expression = `sum by (job, ap) (rate(a_total{job=~"x|up",reason!="y"}[5m] offset 1h)) > bool 2e3
    or on (job) group_left (name) topk(1, level:b:max) unless up == 0`;
  assert.deepEqual(readExpression(expression), {
    selectors: [
      { metric: 'a_total', labels: ['job', 'reason'] },
      { metric: 'level:b:max', labels: [] },
      { metric: 'up', labels: [] },
    ],
    grouping: ['job', 'ap', 'job', 'name'],
  });
});

test('a metric, a matched label and a grouped label that are not there are found', () => {
  const known = new Map([['up', new Set(['job'])]]);
  assertKnown(known, 'max by (job) (up{job="x"})');
  assert.throws(() => assertKnown(known, 'down'), /no metric down/);
  assert.throws(() => assertKnown(known, 'up{jib="x"}'), /up has no label jib/);
  assert.throws(() => assertKnown(known, 'max by (jib) (up)'), /nothing has a label jib/);
});
