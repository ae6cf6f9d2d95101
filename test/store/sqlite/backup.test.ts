import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { ConfigurationError } from '../../../src/config.ts';
import { backUpDatabase, type BackupOptions } from '../../../src/store/sqlite/backup.ts';
import { verifyDatabase } from '../../../src/store/sqlite/verify.ts';
import { temporaryDirectory } from '../../receiver.ts';
import { madeReport } from '../made-report.ts';
import { fillStore, killStore, makeReports } from './filled-store.ts';
import { readContents } from './read-contents.ts';

/** Copies a store to a directory of its own. */
async function backUp(t: TestContext, file: string, options?: BackupOptions) {
  const folder = await temporaryDirectory(t);
  const target = path.join(folder, 'copy.db');
  const copy = await backUpDatabase(file, target, options);
  return { folder, target, copy };
}

function pragma(file: string, name: string): unknown {
  using database = new DatabaseSync(file, { readOnly: true });
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

function countReports(file: string): number {
  return verifyDatabase(file, {
    found: (fault) => assert.fail(JSON.stringify(fault)),
    advanced: () => {},
  }).reports;
}

test('a backup of a closed store holds all of it, readable by its owner only, with nothing beside either', async (t) => {
  const { file, reports } = await fillStore(t, 30);

  const { folder, target, copy } = await backUp(t, file);

  assert.equal(copy.reports, 30);
  assert.equal(copy.bytes, (await stat(target)).size);
  assert.equal((await stat(target)).mode & 0o777, 0o600);
  assert.equal(countReports(target), reports.length);
  assert.deepEqual(await readdir(folder), ['copy.db']);
  assert.deepEqual((await readdir(path.dirname(file))).toSorted(), ['northbound.db', 'northbound.db.lock']);
});

test('a backup is marked as a store of this step whose pages can be freed, and has no log yet', async (t) => {
  const { file } = await fillStore(t, 3);

  const { target } = await backUp(t, file);

  for (const name of ['application_id', 'user_version', 'auto_vacuum', 'page_size'])
    assert.equal(pragma(target, name), pragma(file, name), name);
  assert.equal(pragma(target, 'journal_mode'), 'delete');
});

test('rows that trail their reports are in their tables in the backup', async (t) => {
  const { file, place } = await fillStore(t, 40);
  const whole = await place.contents();
  {
    using database = new DatabaseSync(file);
    database.exec('DELETE FROM sighting; DELETE FROM departure; DELETE FROM device');
    database.exec('UPDATE total SET rows_up_to = 0, sightings = 0, departures = 0, devices = 0');
  }

  const { target } = await backUp(t, file);

  assert.deepEqual(readContents(target), whole);
});

test('what a killed store has in its log only is in the backup', async (t) => {
  const { file } = await killStore(t, { closed: 10, logged: 15 });

  const { target } = await backUp(t, file);

  assert.equal(countReports(target), 25);
});

test('reports that are stored while pages are copied are left out, and do not make the copy begin anew', async (t) => {
  const { place, file } = await fillStore(t, 600, 30_000);
  const store = await place.open();
  const appended: Promise<unknown>[] = [];
  const advances: number[] = [];

  const { target } = await backUp(t, file, {
    advanced(done) {
      advances.push(done);
      appended.push(store.append(madeReport({ delivery: { body: randomBytes(30_000) } })));
    },
  });

  assert.ok(advances.length >= 3);
  assert.deepEqual(
    advances,
    advances.toSorted((a, b) => a - b),
  );
  await Promise.all(appended);
  assert.equal(countReports(target), 600);
  assert.equal(countReports(file), 600 + appended.length);
});

test('a log that grew while a reader held on to it is short again when more reports have come', async (t) => {
  const { place, file } = await fillStore(t, 10);
  const store = await place.open();
  const come = (): Promise<unknown> =>
    Promise.all(makeReports(1_000, 20_000).map((report) => store.append(report)));
  const logBytes = async (): Promise<number> => (await stat(`${file}-wal`)).size;
  const limit = 16 * 1024 * 1024;
  {
    using reader = new DatabaseSync(file, { readOnly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM report').get();
    await come();
    assert.ok((await logBytes()) > limit);
  }

  await come();

  assert.ok((await logBytes()) <= limit, `the log has ${await logBytes()} bytes`);
});

test('a backup that is ended leaves the old file, and no other', async (t) => {
  const { file } = await fillStore(t, 600, 30_000);
  const folder = await temporaryDirectory(t);
  const target = path.join(folder, 'copy.db');
  await writeFile(target, 'the old one');
  const interruption = new AbortController();

  await assert.rejects(
    backUpDatabase(file, target, { signal: interruption.signal, advanced: () => interruption.abort() }),
    /copy\.db cannot be written: /,
  );

  assert.equal(await readFile(target, 'utf8'), 'the old one');
  assert.deepEqual(await readdir(folder), ['copy.db']);
});

test('what killed backups left goes away with the next one', async (t) => {
  const { file } = await fillStore(t, 3);
  const folder = await temporaryDirectory(t);
  for (const suffix of ['', '-journal', '-wal', '-shm'])
    await writeFile(path.join(folder, `copy.db.0123456789ab.tmp${suffix}`), 'half');

  await backUpDatabase(file, path.join(folder, 'copy.db'));

  assert.deepEqual(await readdir(folder), ['copy.db']);
});

test('a store with a damaged page is not taken for a backup, and the old backup stays', async (t) => {
  const { file } = await fillStore(t, 300, 20_000);
  const bytes = await readFile(file);
  bytes.fill(0xff, 4_096 * 100, 4_096 * 108);
  await writeFile(file, bytes);
  const folder = await temporaryDirectory(t);
  const target = path.join(folder, 'copy.db');
  await writeFile(target, 'the old one');

  await assert.rejects(backUpDatabase(file, target), /northbound verify/);

  assert.equal(await readFile(target, 'utf8'), 'the old one');
  assert.deepEqual(await readdir(folder), ['copy.db']);
});

test('the files of the store itself are refused under every name', async (t) => {
  const { file } = await fillStore(t, 3);
  const folder = path.dirname(file);
  const other = await temporaryDirectory(t);
  await link(file, path.join(other, 'hard-link.db'));
  await symlink(file, path.join(other, 'symbolic-link.db'));
  await symlink(folder, path.join(other, 'folder'));
  await mkdir(path.join(folder, 'sub'));
  const before = await readFile(file);

  for (const name of [
    file,
    `${file}-wal`,
    `${file}-shm`,
    `${file}.lock`,
    path.join(folder, 'sub', '..', 'northbound.db'),
    path.join(other, 'hard-link.db'),
    path.join(other, 'symbolic-link.db'),
    path.join(other, 'folder', 'northbound.db-wal'),
  ])
    await assert.rejects(
      backUpDatabase(file, name),
      (error: Error) =>
        error instanceof ConfigurationError && /belongs to the store itself/.test(error.message),
      name,
    );

  assert.deepEqual(await readFile(file), before);
});
