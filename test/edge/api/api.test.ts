import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { quarantineFile } from '../../../src/quarantine/entries.ts';
import { reportId } from '../../../src/report-id.ts';
import { openTarget, post } from '../../receiver.ts';
import { meddle } from '../../stored.ts';
import { assertProblem } from '../problem.ts';
import { bodyOf, runApiConformance } from './conformance.ts';
import { ask } from './description.ts';

runApiConformance();

test('bodies that are damaged on the disk are a problem that says so', async (t) => {
  const target = await openTarget(t);
  const body = bodyOf(1, 0);
  await post(target, body);
  await post(target, '{}');
  meddle(target, "UPDATE report SET body = x'28b52ffd'");
  {
    using quarantine = new DatabaseSync(quarantineFile(target.dataDir));
    quarantine.exec("UPDATE entry SET body = x'28b52ffd'");
  }
  const report = await ask(target, `/api/v1/reports/${reportId('default', Buffer.from(body))}/body`);
  assertProblem(report, 503, 'store_unavailable');
  assert.match(String(report.json?.['detail']), /is damaged .*northbound verify/);
  const id = reportId('default', Buffer.from('{}'));
  const entry = await ask(target, `/api/v1/quarantine/${id}/body`);
  assertProblem(entry, 503, 'store_unavailable');
  assert.match(String(entry.json?.['detail']), /is damaged .*northbound quarantine purge/);
});
