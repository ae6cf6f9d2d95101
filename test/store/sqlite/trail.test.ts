/** When the rows that trail their reports are put in. The clock of the timers is the test's. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { createAppender } from '../../../src/store/sqlite/appender.ts';
import { openDatabase } from '../../../src/store/sqlite/database.ts';
import type { Report } from '../../../src/report.ts';
import type { Answer } from '../../../src/store/sqlite/messages.ts';
import { toParcel } from '../../../src/store/sqlite/parcel.ts';
import { createTrail } from '../../../src/store/sqlite/trail.ts';
import { closeAfter, temporaryDirectory } from '../../receiver.ts';
import { deviceMac, madeReport, madeSighting } from '../made-report.ts';
import { progress, totals } from './dump.ts';
import { toldReports } from './told-reports.ts';

/** By then nothing has come for long enough; and by then a step that failed is tried again. */
const [calmMs, againMs] = [20, 1_000];

/** A database whose reports are kept and whose rows trail them, and what is told of that. */
async function openTrail(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate'] });
  const file = path.join(await temporaryDirectory(t), 'northbound.db');
  const database = openDatabase(file);
  closeAfter(t, () => database.close());
  // Nobody is waited for here.
  database.exec('PRAGMA busy_timeout = 0');
  const { begin, apply, finish, trailing } = createAppender(database);
  const told: Answer<never>[] = [];
  const trail = createTrail(database, trailing, (answer) => void told.push(answer));
  closeAfter(t, () => trail.end());
  const keep = (seed: number, rows = 1_000): void => {
    database.exec('BEGIN');
    begin();
    for (const report of [...toldReports(seed, 29), largeReport(seed, rows)]) apply(toParcel(report));
    finish();
    database.exec('COMMIT');
    trailing.keepBatch(performance.now());
    trail.goOn();
  };
  const types = (): string[] =>
    told.splice(0).map((answer) => (answer.type === 'settled' ? `settled ${answer.ticket}` : answer.type));
  return { t, file, database, trail, trailing, keep, types };
}

/** A report whose rows need pages of their own. */
function largeReport(seed: number, rows: number): Report {
  const sightings = Array.from({ length: rows }, (_, index) =>
    madeSighting({ lastSeen: seed }, { mac: deviceMac(1_000 + index) }),
  );
  return madeReport({ sightings });
}

function assertWhole(file: string, reports: number): void {
  assert.deepEqual(progress(file), { rowsUpTo: reports, newest: reports });
  const { kept, counted } = totals(file);
  assert.deepEqual(kept, counted);
}

test('rows wait while reports come, and are put in when nothing has come for a moment', async (t) => {
  const { file, keep, types } = await openTrail(t);
  for (const seed of [1, 2, 3]) {
    keep(seed);
    t.mock.timers.tick(calmMs - 1);
  }
  assert.deepEqual(types(), []);
  assert.equal(progress(file).rowsUpTo, 0);

  t.mock.timers.tick(1);

  assert.deepEqual(types(), ['merged']);
  assertWhole(file, 90);
});

test('whoever asks for the rows gets them at once, and is told', async (t) => {
  const { file, trail, keep, types } = await openTrail(t);
  keep(1);

  trail.settle(7);

  assert.deepEqual(types(), ['merged', 'settled 7']);
  assertWhole(file, 30);
  trail.settle(8);
  assert.deepEqual(types(), ['settled 8'], 'nothing trails any more');
});

test('a merge of many rows goes in steps between batches, and who asks is told when the rows that were there are in', async (t) => {
  const { file, trail, keep, types } = await openTrail(t);
  keep(1, 10_000);
  trail.settle(7);
  assert.deepEqual(types(), ['merged']);
  assert.equal(progress(file).rowsUpTo, 0, 'not all of them yet');

  keep(2);
  assert.deepEqual(types(), ['merged']);
  trail.settle(8);
  assert.deepEqual(types(), ['merged', 'settled 7']);
  assert.deepEqual(progress(file), { rowsUpTo: 30, newest: 60 });

  t.mock.timers.tick(1);
  assert.deepEqual(types(), ['merged', 'settled 8']);
  assertWhole(file, 60);
});

test('an end puts in everything', async (t) => {
  const { file, trail, keep } = await openTrail(t);
  keep(1);

  trail.end();

  assertWhole(file, 30);
});

const hindrances: Record<string, (file: string, database: DatabaseSync) => () => void> = {
  'the file is locked by another connection'(file) {
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    return () => other.close();
  },
  'the disk is full'(_file, database) {
    database.exec('PRAGMA max_page_count = 1');
    return () => database.exec('PRAGMA max_page_count = 4294967294');
  },
};

for (const [hindrance, hinder] of Object.entries(hindrances))
  test(`while ${hindrance} rows go on trailing and are tried again; then they are in, once, and who asked meanwhile is told that they are not`, async (t) => {
    const { file, database, trail, trailing, keep, types } = await openTrail(t);
    keep(1);
    const before = trailing.size();
    const release = hinder(file, database);

    t.mock.timers.tick(calmMs);
    trail.settle(7);
    t.mock.timers.tick(againMs - 1);
    assert.deepEqual(types(), ['unmerged', 'unmerged']);
    assert.equal(trailing.size(), before);
    assert.deepEqual(progress(file), { rowsUpTo: 0, newest: 30 });

    release();
    t.mock.timers.tick(1);
    assert.deepEqual(types(), ['merged']);
    trail.settle(8);
    assert.deepEqual(types(), ['settled 8']);
    assertWhole(file, 30);
    assert.equal(
      Number(database.prepare('PRAGMA synchronous').get()?.['synchronous']),
      2,
      'FULL, for the next batch',
    );
  });

test('what cannot pass is told as broken, and the rows are not taken for put in', async (t) => {
  const { file, database, trail, keep, types } = await openTrail(t);
  keep(1);
  database.exec(
    `CREATE TRIGGER refuse BEFORE INSERT ON departure BEGIN SELECT RAISE(ABORT, 'by a test'); END`,
  );

  trail.settle(7);

  assert.deepEqual(types(), ['broken']);
  assert.deepEqual(progress(file), { rowsUpTo: 0, newest: 30 });
  database.exec('DROP TRIGGER refuse');
});

test('after a fault that is final no step is taken any more', async (t) => {
  const { file, trail, keep, types } = await openTrail(t);
  keep(1);

  trail.stop();
  t.mock.timers.tick(againMs);
  trail.goOn();
  trail.settle(7);
  trail.end();

  assert.deepEqual(types(), []);
  assert.deepEqual(progress(file), { rowsUpTo: 0, newest: 30 });
});
