import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { madeReport } from '../made-report.ts';
import { createSqlitePlace } from './place.ts';

test('a foreign writer that holds the file for good gets reports refused, not lost, and they pass once it lets go', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  const report = madeReport();
  {
    using writer = new DatabaseSync(place.file);
    writer.exec('BEGIN IMMEDIATE');
    await assert.rejects(store.append(report), { name: 'Problem', code: 'store_unavailable' });
    assert.equal(store.unreadyReason(), undefined);
  }

  assert.equal((await store.append(report)).status, 'stored');
});
