import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSqliteDirectReader } from '../../../src/store/sqlite/direct-reader.ts';
import { whereIs } from '../../../src/store/sqlite/where.ts';
import { closeAfter } from '../../receiver.ts';
import { madeReport } from '../made-report.ts';
import { runWhereConformance } from '../where-conformance.ts';
import { QueryKeeper } from './query-keeper.ts';
import { writeStoreFile } from './written-file.ts';

runWhereConformance('SQLite', async (t, reports) => {
  const reader = await openSqliteDirectReader(await writeStoreFile(t, reports));
  closeAfter(t, () => reader.close());
  return reader;
});

test('no query reads a table of the store from end to end', async (t) => {
  using database = new QueryKeeper(await writeStoreFile(t, [madeReport()]), { readOnly: true });
  whereIs(database, '06:00:00:00:00:01', {
    nowSeconds: 1_790_086_400,
    withinSeconds: 900,
  });
  const plans = database.plans();
  assert.ok(plans.length >= 4);
  // Of the rows that a query inside has found, which are bounded.
  const bounded = /^SCAN (?:latest|later|\(subquery-\d+\))$/;
  for (const { query, steps } of plans)
    assert.deepEqual(
      steps.filter((step) => step.startsWith('SCAN') && !bounded.test(step)),
      [],
      query,
    );
});
