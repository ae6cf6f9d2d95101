/** What the file is like: the settings that durability rests on, and the types of its columns. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openDatabase } from '../../../src/store/sqlite/database.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { StoreError } from '../../../src/store/store.ts';
import { temporaryDirectory } from '../../receiver.ts';
import { deviceMac, madeDeparture, madeReport, madeSighting } from '../made-report.ts';
import { createSqlitePlace } from './place.ts';

const silent = { committed() {}, sightingsAdded() {} };

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

test('the connection that writes syncs every commit, and leaves checkpoints to those that are called by name', async (t) => {
  const file = path.join(await temporaryDirectory(t), 'northbound.db');
  for (const start of ['first', 'second']) {
    using database = openDatabase(file);
    const [full, incremental] = [2, 2];
    assert.equal(pragma(database, 'synchronous'), full, start);
    assert.equal(pragma(database, 'journal_mode'), 'wal', start);
    assert.equal(pragma(database, 'auto_vacuum'), incremental, start);
    assert.equal(pragma(database, 'wal_autocheckpoint'), 0, start);
  }
});

test('whoever opens the file finds it marked as ours, with a write-ahead log and pages that can be freed', async (t) => {
  const place = await createSqlitePlace(t);
  await (await place.open()).close();

  using database = new DatabaseSync(place.file, { readOnly: true });

  assert.equal(pragma(database, 'journal_mode'), 'wal');
  assert.equal(pragma(database, 'auto_vacuum'), 2);
  assert.equal(pragma(database, 'application_id'), 0x4e727468);
});

test('space of deleted reports goes back to the file system in steps', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  const reports = Array.from({ length: 50 }, () => madeReport({ delivery: { body: randomBytes(20_000) } }));
  await Promise.all(reports.map((report) => store.append(report)));
  await store.close();
  const before = (await stat(place.file)).size;

  {
    using database = new DatabaseSync(place.file);
    database.exec('DELETE FROM report; PRAGMA incremental_vacuum');
  }

  assert.ok((await stat(place.file)).size < before / 5);
});

test('no number in the file became a fraction, and every table is strict', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  await store.append(
    madeReport({
      sightings: [
        madeSighting(
          { rssi: -60, frames: -0, lastSeen: 99_999_999_999, insideCell: true, cellDistance: 3 },
          { mac: 'ff:ff:ff:ff:ff:ff' },
        ),
      ],
      departures: [madeDeparture({ lastSeen: 0 }, { mac: deviceMac(2), battery: -0 })],
      deviceCounts: { dev_iBeacon: 2_147_483_647 },
    }),
  );

  await store.keepTime({ nowMs: 1_790_000_000_000.5, doubtedForMs: 0.5 }, 0);

  using database = new DatabaseSync(place.file, { readOnly: true });
  const tables = database
    .prepare("SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();

  assert.equal(tables.length, 9);
  for (const { name, strict } of tables) {
    assert.equal(strict, 1, String(name));
    for (const column of database
      .prepare(`SELECT name, type FROM pragma_table_info('${String(name)}')`)
      .all()) {
      const types = database
        .prepare(`SELECT typeof("${String(column['name'])}") AS type FROM "${String(name)}"`)
        .all();
      assert.ok(types.length > 0, `${String(name)} is empty`);
      const declared = String(column['type']).toLowerCase();
      for (const { type } of types)
        assert.ok(
          type === declared || type === 'null',
          `${String(name)}.${String(column['name'])} is ${String(type)}`,
        );
    }
  }
});

test('a checkpoint while reports come in keeps the log short, and loses nothing', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  for (let round = 0; round < 30; round += 1)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        store.append(
          madeReport({
            delivery: { body: randomBytes(30_000) },
            sightings: [madeSighting({ lastSeen: round }, { mac: deviceMac(index) })],
          }),
        ),
      ),
    );

  const log = await stat(`${place.file}-wal`);

  assert.ok(log.size < 16 * 1024 * 1024, `the log has ${log.size} bytes`);
  assert.ok((await stat(place.file)).size > 4 * 1024 * 1024);
  assert.equal((await place.contents()).reports.length, 600);
});

test('a second store on the same file is refused while the first is open, and the first goes on', async (t) => {
  const place = await createSqlitePlace(t);
  const first = await place.open();

  await assert.rejects(openSqliteStore(place.file, silent), (error: Error) => {
    assert.ok(error instanceof StoreError);
    assert.match(error.message, /northbound\.db is in use by another Northbound: stop it first/);
    return true;
  });

  assert.equal((await first.append(madeReport())).status, 'stored');
  await first.close();
  const second = await place.open();
  assert.equal((await second.append(madeReport())).status, 'stored');
});

test('a reader that holds an old view keeps no report from being stored', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  await store.append(madeReport());
  using reader = new DatabaseSync(place.file, { readOnly: true });
  reader.exec('BEGIN; SELECT count(*) FROM report');

  const { status } = await store.append(madeReport());

  assert.equal(status, 'stored');
  assert.equal(reader.prepare('SELECT count(*) AS n FROM report').get()?.['n'], 1);
});
