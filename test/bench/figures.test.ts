import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, median, medianRatio, percentile } from '../../bench/figures.ts';

test('a percentile is one of the values: the least that so many are at or below', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  assert.equal(percentile(values, 0.5), 100);
  assert.equal(percentile(values, 0.99), 198);
  assert.equal(percentile(values, 1), 200);
  assert.equal(median([3, 1, 2]), 2);
  assert.ok(Number.isNaN(median([])));
});

test('the ratio of rounds is taken round by round, so that a slow round of both changes nothing', () => {
  assert.equal(medianRatio([50, 5, 50], [100, 10, 100]), 0.5);
  assert.ok(Number.isNaN(medianRatio([1], [])));
});

test('a table says whether it holds, and one without rows says why', () => {
  const verdict = { text: 'fast enough', holds: false };
  const table = { title: 'speed', columns: ['', 'ms'], rows: [['a', 12]], note: 'in haste', verdict };
  assert.equal(format(table), '\nspeed\n   ms\na  12\nin haste\nDOES NOT HOLD: fast enough\n');
  assert.equal(format({ title: 'speed', columns: [], rows: [], note: 'skipped' }), '\nspeed\nskipped\n');
});
