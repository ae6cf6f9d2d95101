/** Rows that trail their reports, in a store as it is. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import type { Report } from '../../../src/report.ts';
import type { Store } from '../../../src/store/store.ts';
import { deviceMac, madeReport, madeSighting } from '../made-report.ts';
import { createTally } from '../tally.ts';
import { dumpFile, progress, totals } from './dump.ts';
import { createSqlitePlace } from './place.ts';
import { toldReports } from './told-reports.ts';

const unavailable = { name: 'Problem', code: 'store_unavailable' };

function appendAll(store: Store, reports: readonly Report[]): Promise<unknown> {
  return Promise.all(reports.map((report) => store.append(report)));
}

/** Reports with a sighting each that no other has. */
function distinctReports(count: number): Report[] {
  return Array.from({ length: count }, (_, index) =>
    madeReport({ sightings: [madeSighting({ lastSeen: index }, { mac: deviceMac(index % 90) })] }),
  );
}

function countSightings(file: string): number {
  using database = new DatabaseSync(file, { readOnly: true });
  return Number(database.prepare('SELECT count(*) AS n FROM sighting').get()?.['n']);
}

test('of many reports at once the rows trail; once it is settled, another connection finds all of them', async (t) => {
  const place = await createSqlitePlace(t);
  const { observer, newSightings } = createTally();
  const store = await place.open(observer);

  await appendAll(store, distinctReports(100));
  const trailing = store.trailingRows();
  await store.settled();

  assert.ok(trailing > 0);
  assert.equal(countSightings(place.file), 100);
  assert.deepEqual(progress(place.file), { rowsUpTo: 100, newest: 100 });
  assert.equal(store.trailingRows(), 0);
  assert.equal(newSightings(), 100);
});

test('of one report at a time, or two, no row trails: who has the receipt finds it', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();

  for (let count = 1; count <= 5; count += 1) {
    await store.append(madeReport({ sightings: [madeSighting({ lastSeen: 1_000 + count })] }));
    assert.equal(countSightings(place.file), count);
    assert.equal(store.trailingRows(), 0);
  }
  // The first makes a batch of its own, the others one of two.
  await appendAll(store, distinctReports(3));
  assert.equal(store.trailingRows(), 0);
  assert.equal(countSightings(place.file), 8);
});

/** Reports whose rows are said to be in, and those of which one is. */
function inTables(file: string): { readonly said: number; readonly found: number } {
  using database = new DatabaseSync(file, { readOnly: true });
  const row = database
    .prepare(
      `SELECT rows_up_to AS said, (SELECT count(*) FROM sighting WHERE report_no <= rows_up_to) AS found FROM total`,
    )
    .get();
  return { said: Number(row?.['said']), found: Number(row?.['found']) };
}

test('a report that comes alone while rows trail does not overtake them: what is said to be in is in', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  const reports = distinctReports(330);
  for (let round = 0; round < 10; round += 1) {
    await appendAll(store, reports.splice(0, 32));
    // At once: the others still trail.
    await store.append(reports.pop() as Report);

    const { said, found } = inTables(place.file);
    assert.equal(found, said);
  }
  await store.settled();
  assert.deepEqual(inTables(place.file), { said: 330, found: 330 });
});

test('many that wait for the same rows are told together, and a store without any is settled', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  await store.settled();

  await appendAll(store, distinctReports(50));
  await Promise.all(Array.from({ length: 20 }, () => store.settled()));

  assert.equal(countSightings(place.file), 50);
});

test('settled while reports come does not wait for those that have no receipt yet, and misses none that has', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  let receipts = 0;
  const appends = distinctReports(2_000).map(async (report) => {
    await store.append(report);
    receipts += 1;
  });
  await appends[0];

  for (let asked = 0; asked < 10; asked += 1) {
    await new Promise(setImmediate);
    const before = receipts;
    await store.settled();
    const found = countSightings(place.file);
    assert.ok(found >= before, `${found} of ${before}`);
  }

  await Promise.all(appends);
  await store.settled();
  assert.equal(countSightings(place.file), 2_000);
});

test('the same reports one by one and all at once leave the same tables, who told a row first included', async (t) => {
  const reports = toldReports(41, 150);
  const [calm, busy] = [await createSqlitePlace(t), await createSqlitePlace(t)];
  const [one, other] = [await calm.open(), await busy.open()];

  for (const report of reports) await one.append(report);
  await appendAll(other, reports);
  await Promise.all([one.settled(), other.settled()]);

  const [expected, found] = [dumpFile(calm.file), dumpFile(busy.file)];
  assert.deepEqual(found, expected);
  assert.deepEqual(await busy.contents(), await calm.contents());
  assert.ok(
    expected['sighting']?.some(({ report_no: number }) => Number(number) > 100),
    'who tells it later adds some',
  );
});

test('a close leaves no row behind', async (t) => {
  const place = await createSqlitePlace(t);
  const { observer, newSightings } = createTally();
  const store = await place.open(observer);
  const appends = appendAll(store, distinctReports(600));

  await store.close();

  await appends;
  assert.equal(store.trailingRows(), 0);
  assert.deepEqual(progress(place.file), { rowsUpTo: 600, newest: 600 });
  assert.equal(countSightings(place.file), 600);
  assert.equal(newSightings(), 600);
  await store.settled();
});

test('report numbers are never given twice, also when all reports were pruned and the store was opened anew', async (t) => {
  const place = await createSqlitePlace(t);
  let store = await place.open();
  let newest = 0;
  for (let round = 0; round < 3; round += 1) {
    await appendAll(store, distinctReports(5));
    await store.settled();
    await store.keepTime({ nowMs: 1_000 * (round + 1), doubtedForMs: 0 }, 0);
    const { newest: reached } = progress(place.file);
    assert.equal(reached, newest + 5);
    newest = reached;
    while ((await store.prune(Number.MAX_SAFE_INTEGER)).more) continue;
    assert.deepEqual(dumpFile(place.file)['report'], []);
    await store.close();
    store = await place.open();
  }
});

/** A store, and the thread that writes it. */
async function openWithThread(t: TestContext) {
  const place = await createSqlitePlace(t);
  const started = Promise.withResolvers<Worker>();
  process.once('worker', started.resolve);
  const store = await place.open();
  return { place, store, thread: await started.promise };
}

test('when the thread dies, who waits for rows is refused; the next start finds every row', async (t) => {
  const { place, store, thread } = await openWithThread(t);
  const { observer } = createTally();
  await appendAll(store, distinctReports(300));
  assert.ok(store.trailingRows() > 0);

  // It reads no order any more from here on.
  const ended = thread.terminate();
  await assert.rejects(store.settled(), unavailable);
  await ended;
  await assert.rejects(store.append(madeReport()), unavailable);
  assert.match((await store.failure).message, /thread ended/);
  await store.close();

  await place.open(observer);
  assert.deepEqual(progress(place.file), { rowsUpTo: 300, newest: 300 });
  assert.equal(countSightings(place.file), 300);
  const { kept, counted } = totals(place.file);
  assert.deepEqual(kept, counted);
});

test('rows that cannot be put in end the store for good: settled is refused now and later, and no report is lost', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  using database = new DatabaseSync(place.file, { timeout: 5_000 });
  database.exec(
    `CREATE TRIGGER refuse BEFORE INSERT ON sighting BEGIN SELECT RAISE(ABORT, 'by a test'); END`,
  );

  // The first makes a batch of its own, and so few put their rows in at once.
  await appendAll(store, [madeReport({ sightings: [] }), ...distinctReports(100)]);
  await assert.rejects(store.settled(), unavailable);
  await assert.rejects(store.settled(), unavailable);
  assert.match((await store.failure).message, /rows of stored reports cannot be put in: by a test/);
  assert.match(String(store.unreadyReason()), /by a test/);
  await store.close();
  database.exec('DROP TRIGGER refuse');

  const again = await place.open();
  assert.equal(countSightings(place.file), 100);
  assert.equal((await again.append(madeReport())).status, 'stored');
});
