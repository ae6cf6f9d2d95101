import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { openTarget } from '../receiver.ts';
import { series } from '../scrape.ts';
import { madeReport } from '../store/made-report.ts';
import { writeStoreFile } from '../store/sqlite/written-file.ts';

test('after a restart the limits stand as they did: no hour in which nobody is known, and no alarm that is false', async (t) => {
  const now = Date.now();
  const ap = (number: number): string => `02:00:00:00:00:${String(number).padStart(2, '0')}`;
  const every = (number: number, seconds: number) =>
    Array.from({ length: 6 }, (_, index) =>
      madeReport({
        reporter: { mac: ap(number), name: `ap ${number}`, time: 1_790_000_000 + index },
        delivery: { receivedAtMs: now - index * seconds * 1000 },
      }),
    );
  const ahead = madeReport({ reporter: { mac: ap(99) }, delivery: { receivedAtMs: now + 3_600_000 } });
  const file = await writeStoreFile(t, [...every(1, 60), ...every(2, 61), ahead]);

  const target = await openTarget(t, {
    NORTHBOUND_DATA_DIR: path.dirname(file),
    NORTHBOUND_LOG_LEVEL: 'warn',
  });

  const told = target.logged.filter(({ msg }) => String(msg).startsWith('limit '));
  assert.deepEqual(
    told.map(({ kind, ap: over, figure, see }) => [kind, over, figure, see]),
    [['crossed', ap(1), 60, 'README.md#limits-and-remedies']],
  );
  assert.deepEqual(await series(target, 'active_aps'), { '': 2 });
  const intervals = Object.values(await series(target, 'ap_report_interval_seconds'));
  assert.deepEqual(intervals.map(Math.round), [60, 61]);
  assert.equal(Object.keys(await series(target, 'ap_last_report_timestamp_seconds')).length, 2);
  assert.deepEqual(await series(target, 'ap_reports_total'), {});
});
