/** A backup in the place of a store that crashed, and left its log there. */
import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { backUpDatabase } from '../../../src/store/sqlite/backup.ts';
import { inspectDatabase } from '../../../src/store/sqlite/reading.ts';
import { verifyDatabase } from '../../../src/store/sqlite/verify.ts';
import type { StoreFault } from '../../../src/store/verify.ts';
import { temporaryDirectory } from '../../receiver.ts';
import { fillStore, makeReports, type FilledStore } from './filled-store.ts';
import { createSqlitePlace } from './place.ts';

/**
 * Backs a store up, lets it go on, kills it, and puts the backup in its place. Its log then holds pages that the backup has,
 * and others.
 */
async function restoreOverCrash(t: TestContext): Promise<FilledStore> {
  const { place: running, file: served, reports } = await fillStore(t, 400);
  const backup = path.join(await temporaryDirectory(t), 'backup.db');
  await backUpDatabase(served, backup);
  const store = await running.open();
  await Promise.all(makeReports(1_500).map((report) => store.append(report)));
  const place = await createSqlitePlace(t);
  await copyFile(backup, place.file);
  for (const suffix of ['-wal', '-shm']) await copyFile(served + suffix, place.file + suffix);
  return { place, file: place.file, reports };
}

function verify(file: string): { reports: number; faults: StoreFault[] } {
  const faults: StoreFault[] = [];
  const { reports } = verifyDatabase(file, { found: (fault) => void faults.push(fault), advanced: () => {} });
  return { reports, faults };
}

test('SQLite by itself replays the log of another store over a backup', async (t) => {
  const { file } = await restoreOverCrash(t);
  using database = new DatabaseSync(file);
  const count = (): unknown => database.prepare('SELECT count(*) AS n FROM report NOT INDEXED').get()?.['n'];
  // Which pages the log holds decides whether reports are missing or the file is torn.
  assert.throws(() => assert.equal(count(), 400));
});

test('a start on a backup sets the log of the store before it aside, and knows every report of the backup', async (t) => {
  const { place, file, reports } = await restoreOverCrash(t);
  const log = await readFile(`${file}-wal`);

  const store = await place.open();
  const receipts = await Promise.all(reports.map((report) => store.append(report)));

  assert.deepEqual(new Set(receipts.map(({ status }) => status)), new Set(['duplicate']));
  await Promise.all(makeReports(20).map((report) => store.append(report)));
  await store.close();
  assert.deepEqual(verify(file), { reports: 420, faults: [] });
  assert.deepEqual(await readFile(`${file}-wal.replaced`), log);
});

test('a restored store that is killed keeps its own log at the next start', async (t) => {
  const { place, file } = await restoreOverCrash(t);
  const store = await place.open();
  await Promise.all(makeReports(20).map((report) => store.append(report)));
  const next = await createSqlitePlace(t);
  for (const suffix of ['', '-wal']) await copyFile(file + suffix, next.file + suffix);
  assert.ok((await stat(`${next.file}-wal`)).size > 0);

  await (await next.open()).close();

  assert.equal(verify(next.file).reports, 420);
  assert.deepEqual((await readdir(path.dirname(next.file))).toSorted(), [
    'northbound.db',
    'northbound.db.lock',
  ]);
});

test('before that start verify and check read the backup and not the log, and touch neither', async (t) => {
  const { file } = await restoreOverCrash(t);
  const before = await Promise.all(['', '-wal', '-shm'].map((suffix) => readFile(file + suffix)));

  assert.deepEqual(verify(file), { reports: 400, faults: [] });
  assert.match(inspectDatabase(file), / 400 reports$/);

  assert.deepEqual(await Promise.all(['', '-wal', '-shm'].map((suffix) => readFile(file + suffix))), before);
});
