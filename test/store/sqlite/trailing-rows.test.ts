/** Rows that trail their reports, without the thread that a store keeps them in: each step is taken by the test. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import type { Report } from '../../../src/report.ts';
import { createRandom } from '../../../src/simulator/random.ts';
import { createAppender, type Appender } from '../../../src/store/sqlite/appender.ts';
import { defineStepFunctions, migrations } from '../../../src/store/sqlite/migrations.ts';
import { toParcel } from '../../../src/store/sqlite/parcel.ts';
import { createPruner } from '../../../src/store/sqlite/pruner.ts';
import { createRowBacklog } from '../../../src/store/sqlite/row-backlog.ts';
import { createRowMerger, prepareRowStatements } from '../../../src/store/sqlite/row-merger.ts';
import { mergeLeftBehind } from '../../../src/store/sqlite/trailing-rows.ts';
import { closeAfter } from '../../receiver.ts';
import { deviceMac, madeReport, madeSighting } from '../made-report.ts';
import { dump } from './dump.ts';
import { toldReports } from './told-reports.ts';

/** The tables of a new store, in memory. */
function openTables(t: TestContext): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  closeAfter(t, () => database.close());
  defineStepFunctions(database);
  database.exec(migrations.join(';'));
  return database;
}

interface Batch {
  readonly reports: readonly Report[];
  /** Whether its rows are put in by its own transaction. */
  readonly isCalm: boolean;
}

function commitBatch(
  database: DatabaseSync,
  { begin, apply, finish, trailing }: Appender,
  batch: Batch,
): void {
  database.exec('BEGIN');
  begin();
  for (const report of batch.reports) apply(toParcel(report));
  finish();
  if (batch.isCalm) trailing.mergeBatch();
  database.exec('COMMIT');
  trailing.keepBatch(0);
}

/** Puts in rows until none trails. */
function settle(database: DatabaseSync, { trailing }: Appender): void {
  while (trailing.size() > 0) {
    database.exec('BEGIN');
    trailing.step();
    database.exec('COMMIT');
    trailing.keepStep();
  }
}

/** What the reports leave behind when each has a transaction of its own, its rows included. */
function dumpOfOneByOne(t: TestContext, reports: readonly Report[]) {
  const database = openTables(t);
  const appender = createAppender(database);
  for (const report of reports) commitBatch(database, appender, { reports: [report], isCalm: true });
  return dump(database);
}

for (const seed of [1, 2, 3, 4, 5])
  test(`reports in batches of any size leave what they leave one by one, who told a row first included (${seed})`, (t) => {
    const reports = toldReports(seed, 60);
    const database = openTables(t);
    const appender = createAppender(database);
    const random = createRandom(seed);
    for (let at = 0; at < reports.length;) {
      const size = 1 + random.integer(20);
      const isCalm = appender.trailing.size() === 0 && random.next() < 0.5;
      commitBatch(database, appender, { reports: reports.slice(at, at + size), isCalm });
      if (random.next() < 0.5) settle(database, appender);
      at += size;
    }

    settle(database, appender);

    assert.deepEqual(dump(database), dumpOfOneByOne(t, reports));
  });

for (const seed of [11, 12, 13, 14, 15])
  test(`a merge in steps, some of which are undone and taken again, leaves the same (${seed})`, (t) => {
    const reports = toldReports(seed, 40);
    const database = openTables(t);
    const appender = createAppender(database);
    commitBatch(database, appender, { reports, isCalm: false });
    const expected = dumpOfOneByOne(t, reports);
    const random = createRandom(seed);
    const backlog = createRowBacklog();
    for (const row of database.prepare('SELECT report_no, ap_id, rows FROM report ORDER BY report_no').all())
      backlog.add(
        { reportNo: Number(row['report_no']), apId: Number(row['ap_id']) },
        row['rows'] as Uint8Array,
      );
    const merger = createRowMerger(prepareRowStatements(database), backlog);

    let newSightings = 0;
    while (merger.left() > 0) {
      assert.equal(dump(database)['total']?.[0]?.['rows_up_to'], 0, 'not before the last of them');
      database.exec('BEGIN');
      const step = merger.step(1 + random.integer(20));
      if (random.next() < 0.3) {
        database.exec('ROLLBACK');
        merger.forget();
        continue;
      }
      database.exec('COMMIT');
      merger.keep();
      newSightings += step.newSightings;
    }

    assert.deepEqual(dump(database), expected);
    assert.equal(newSightings, expected['sighting']?.length);
  });

test('what a crash left behind leaves the same, wherever it came', (t) => {
  const reports = toldReports(21, 40);
  const expected = dumpOfOneByOne(t, reports);
  for (const mergedFirst of [0, 1, 20, 39, 40]) {
    const database = openTables(t);
    const appender = createAppender(database);
    commitBatch(database, appender, { reports: reports.slice(0, mergedFirst), isCalm: true });
    commitBatch(database, appender, { reports: reports.slice(mergedFirst), isCalm: false });

    mergeLeftBehind(database);
    assert.deepEqual(dump(database), expected);
    mergeLeftBehind(database);
    assert.deepEqual(dump(database), expected);
  }
});

test('rows count as trailing until they are in, and a batch that did not stay leaves none', (t) => {
  const database = openTables(t);
  const appender = createAppender(database);
  const { trailing } = appender;
  commitBatch(database, appender, { reports: [madeReport(), madeReport({ sightings: [] })], isCalm: false });
  assert.equal(trailing.size(), 3, 'a row, and one for each report');
  assert.deepEqual([trailing.newest(), trailing.mergedUpTo()], [2, 0]);

  database.exec('BEGIN');
  appender.begin();
  appender.apply(toParcel(madeReport()));
  database.exec('ROLLBACK');
  trailing.forgetBatch();
  trailing.keepBatch(0);
  assert.equal(trailing.size(), 3);

  settle(database, appender);
  assert.deepEqual([trailing.size(), trailing.newest(), trailing.mergedUpTo()], [0, 2, 2]);
  assert.equal(dump(database)['sighting']?.length, 1);
});

test('a report that is refused leaves no AP, no number, no row, and nothing of it trails', (t) => {
  const database = openTables(t);
  const appender = createAppender(database);
  database.exec('BEGIN');
  appender.begin();
  database.exec('SAVEPOINT item');
  const refused = madeReport({
    reporter: { mac: '02:00:00:00:00:66' },
    deviceCounts: { a: 1, b: Number.NaN },
  });
  assert.throws(() => appender.apply(toParcel(refused)), /constraint/);
  database.exec('ROLLBACK TO item; RELEASE item');
  const good = madeReport();
  appender.apply(toParcel(good));
  appender.finish();
  database.exec('COMMIT');
  appender.trailing.keepBatch(0);
  settle(database, appender);

  assert.deepEqual(dump(database), dumpOfOneByOne(t, [good]));
});

/** Makes everything that is stored by now as old as 1,000 ms. */
function growOld(database: DatabaseSync): void {
  database.exec('INSERT INTO kept_time (kept_at, report_no) SELECT 1000, max(report_no) FROM report');
}

function pruneAll(database: DatabaseSync): number {
  const prune = createPruner(database);
  let reports = 0;
  for (;;) {
    const step = prune(2_000);
    reports += step.reports;
    if (!step.more) return reports;
  }
}

test('no report goes while its rows trail; once they are in it goes with them, and nothing stays behind', (t) => {
  const database = openTables(t);
  const appender = createAppender(database);
  const [early, late] = [toldReports(31, 10), toldReports(32, 10)];
  commitBatch(database, appender, { reports: early, isCalm: true });
  commitBatch(database, appender, { reports: late, isCalm: false });
  growOld(database);

  assert.equal(pruneAll(database), 10);
  const left = dump(database);
  assert.deepEqual(
    left['report']?.map(({ id }) => id),
    late.map(({ id }) => id),
  );
  assert.equal(left['sighting']?.length, 0);
  assert.equal(left['total']?.[0]?.['reports'], 10);

  settle(database, appender);
  assert.ok((dump(database)['sighting']?.length ?? 0) > 0);
  assert.equal(pruneAll(database), 10);
  assert.deepEqual(dump(database), {
    ap: [],
    report: [],
    device: [],
    sighting: [],
    departure: [],
    device_count: [],
    total: [{ total_no: 1, reports: 0, sightings: 0, departures: 0, devices: 0, rows_up_to: 20 }],
  });
});

for (const isCalm of [true, false])
  test(`a row that two reports tell, ${isCalm ? 'one after the other' : 'in one batch'}, goes with the one that told it first`, (t) => {
    const database = openTables(t);
    const appender = createAppender(database);
    const both = madeSighting({ lastSeen: 10 }, { mac: deviceMac(1) });
    const [first, second] = [
      madeReport({ sightings: [both] }),
      madeReport({ sightings: [both, madeSighting({ lastSeen: 20 }, { mac: deviceMac(2) })] }),
    ];
    if (isCalm)
      for (const report of [first, second]) commitBatch(database, appender, { reports: [report], isCalm });
    else commitBatch(database, appender, { reports: [first, second], isCalm });
    settle(database, appender);
    assert.deepEqual(
      dump(database)['sighting']?.map(({ last_seen: seen, report_no: by }) => [seen, by]),
      [
        [10, 1],
        [20, 2],
      ],
    );

    database.exec('INSERT INTO kept_time (kept_at, report_no) VALUES (1000, 1), (2000, 2)');
    assert.equal(pruneAll(database), 1);

    const { sighting, device, total } = dump(database);
    assert.deepEqual(
      sighting?.map(({ last_seen: seen, report_no: by }) => [seen, by]),
      [[20, 2]],
    );
    assert.equal(device?.length, 1);
    assert.deepEqual(
      [total?.[0]?.['reports'], total?.[0]?.['sightings'], total?.[0]?.['devices']],
      [1, 1, 1],
    );
  });

test('a report whose packed rows are damaged goes with its rows all the same, and takes nobody else along', (t) => {
  const database = openTables(t);
  const appender = createAppender(database);
  const alone = madeReport({ sightings: [madeSighting({}, { mac: deviceMac(99) })] });
  const reports = [alone, ...toldReports(33, 29)];
  for (const report of reports) commitBatch(database, appender, { reports: [report], isCalm: true });
  database.exec('UPDATE report SET rows = substr(rows, 1, length(rows) / 2) WHERE report_no IN (1, 2, 3)');
  database.exec('INSERT INTO kept_time (kept_at, report_no) VALUES (1000, 3), (2000, 30)');

  assert.equal(pruneAll(database), 3);

  const { sighting, departure, device, report, total } = dump(database);
  const tellers = [...(sighting ?? []), ...(departure ?? [])].map((row) => Number(row['report_no']));
  assert.ok(tellers.every((number) => number > 3));
  assert.equal(report?.length, 27);
  const { total_no: _, rows_up_to: __, ...kept } = total?.[0] ?? {};
  assert.deepEqual(kept, {
    reports: 27,
    sightings: sighting?.length,
    departures: departure?.length,
    devices: device?.length,
  });
  const heard = new Set([...(sighting ?? []), ...(departure ?? [])].map((row) => row['device']));
  assert.deepEqual(
    device?.map(({ mac }) => mac).filter((mac) => !heard.has(mac)),
    [],
  );
});
