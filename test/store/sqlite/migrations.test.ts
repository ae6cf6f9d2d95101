import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { ConfigurationError } from '../../../src/config.ts';
import { unpackRows } from '../../../src/rows/read.ts';
import { defineStepFunctions, migrations } from '../../../src/store/sqlite/migrations.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { StoreError } from '../../../src/store/store.ts';
import { temporaryDirectory } from '../../receiver.ts';
import { madeReport } from '../made-report.ts';
import { dumpFile, progress, totals } from './dump.ts';
import { createSqlitePlace } from './place.ts';

const applicationId = 0x4e727468;

/** A file as the Northbound that knew this many steps left it. */
function writeVersion(file: string, version: number): void {
  using database = new DatabaseSync(file);
  database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
  if (version === 0) return;
  defineStepFunctions(database);
  database.exec(migrations.slice(0, version).join(';'));
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${version}`);
}

/** Tables and indexes as their statements say, and the version. */
function readShape(file: string): unknown {
  using database = new DatabaseSync(file, { readOnly: true });
  return {
    version: database.prepare('PRAGMA user_version').get(),
    vacuum: database.prepare('PRAGMA auto_vacuum').get(),
    schema: database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all(),
  };
}

for (const version of migrations.keys())
  test(`a file at step ${version} of ${migrations.length} becomes what a new one is, and takes reports`, async (t) => {
    const fresh = await createSqlitePlace(t);
    await (await fresh.open()).close();
    const place = await createSqlitePlace(t);
    writeVersion(place.file, version);

    const store = await place.open();
    const { status } = await store.append(madeReport());
    await store.close();

    assert.equal(status, 'stored');
    assert.deepEqual(readShape(place.file), readShape(fresh.file));
  });

test("what a file of the first step holds is counted, and goes no sooner than its AP's last report", async (t) => {
  const place = await createSqlitePlace(t);
  writeVersion(place.file, 1);
  {
    using database = new DatabaseSync(place.file);
    database.exec(`
      INSERT INTO ap (mac, first_report_at, last_report_at) VALUES ('02:00:00:00:00:01', 1, 2), ('02:00:00:00:00:02', 1, 1);
      INSERT INTO report (id, ap_id, profile, source, remote, received_at, observations, body_bytes, body)
        VALUES (zeroblob(16), 1, 'p', 's', 'r', 1, 1, 0, x''), (randomblob(16), 2, 'p', 's', 'r', 1, 1, 0, x''),
          (randomblob(16), 1, 'p', 's', 'r', 2, 1, 0, x'');
      INSERT INTO device (mac, first_seen, last_seen) VALUES (1, 1, 1), (2, 1, 1);
      INSERT INTO sighting (device, last_seen, ap_id) VALUES (1, 1, 1), (2, 1, 2);
      INSERT INTO departure VALUES (1, 1, 1, 'exit');
    `);
  }

  await (await place.open()).close();

  using database = new DatabaseSync(place.file, { readOnly: true });
  assert.deepEqual(
    { ...database.prepare('SELECT * FROM total').get() },
    {
      total_no: 1,
      reports: 3,
      sightings: 2,
      departures: 1,
      devices: 2,
      rows_up_to: 3,
    },
  );
  const told = database.prepare('SELECT device, report_no FROM sighting ORDER BY device').all();
  assert.deepEqual(
    told.map((row) => [row['device'], row['report_no']]),
    [
      [1, 3],
      [2, 2],
    ],
  );
});

/**
 * A file of step 2 with three reports of two APs: the first told 1,000 sightings and two departures first, the second one of each, the
 * third none. Who told one more sighting is not known.
 */
function writeToldRows(file: string): void {
  writeVersion(file, 2);
  using database = new DatabaseSync(file);
  const numbers = 'WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 1000)';
  database.exec(`
    INSERT INTO ap (mac, first_report_at, last_report_at) VALUES ('02:00:00:00:00:01', 1, 2), ('02:00:00:00:00:02', 1, 1);
    INSERT INTO report (id, ap_id, profile, source, remote, received_at, observations, body_bytes, body)
      VALUES (randomblob(16), 1, 'p', 's', 'r', 1, 1, 0, x''), (randomblob(16), 2, 'p', 's', 'r', 2, 1, 0, x''),
        (randomblob(16), 1, 'p', 's', 'r', 3, 1, 0, x'');
    ${numbers} INSERT INTO sighting (device, last_seen, ap_id, report_no, rssi) SELECT 0xfffffffff000 + n, 1790000000 + n, 1, 1, -n FROM n;
    INSERT INTO sighting (device, last_seen, ap_id, report_no) VALUES (5, 50, 2, 2), (7, 70, 1, 0);
    INSERT INTO departure (device, last_seen, ap_id, event, report_no) VALUES (5, 50, 1, 'exit', 1), (5, 50, 1, 'ageout', 1), (5, 50, 2, 'exit', 2);
    INSERT INTO device (mac, first_seen, last_seen) SELECT device, last_seen, last_seen FROM sighting;
    UPDATE total SET reports = 3, sightings = 1002, departures = 3, devices = 1002;
    INSERT INTO kept_time (kept_at, report_no) VALUES (1000, 1), (2000, 2), (3000, 3);
  `);
}

test('what reports of the second step told is packed with them, so that it goes with them and nothing else does', async (t) => {
  const place = await createSqlitePlace(t);
  writeToldRows(place.file);

  const store = await place.open();

  const packed = dumpFile(place.file)['report']?.map(({ rows }) =>
    unpackRows(Buffer.from(String(rows), 'hex')),
  );
  assert.deepEqual(
    packed?.map(({ sightings, departures }) => [sightings.length, departures.length]),
    [
      [1_000, 2],
      [1, 1],
      [0, 0],
    ],
  );
  assert.deepEqual(packed?.[1], {
    sightings: [{ device: { mac: '00:00:00:00:00:05' }, lastSeen: 50 }],
    departures: [{ device: { mac: '00:00:00:00:00:05' }, lastSeen: 50, event: 'exit' }],
  });
  assert.deepEqual(progress(place.file), { rowsUpTo: 3, newest: 3 });

  const left = async (storedBeforeMs: number): Promise<unknown> => {
    while ((await store.prune(storedBeforeMs)).more) continue;
    const { sighting, departure, device } = dumpFile(place.file);
    const { kept, counted } = totals(place.file);
    assert.deepEqual(kept, counted);
    return [
      sighting?.map((row) => row['device']),
      departure?.map((row) => [row['ap_id'], row['event']]),
      device?.map(({ mac }) => mac),
    ];
  };
  assert.deepEqual(await left(2_000), [[5, 7], [[2, 'exit']], [5, 7]]);
  assert.deepEqual(await left(3_000), [[7], [], [7]]);
  assert.deepEqual(await left(4_000), [[7], [], [7]]);
  assert.deepEqual(dumpFile(place.file)['report'], []);
});

test('a file of the newest step is not altered by an open and a close', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  await store.append(madeReport());
  await store.close();
  const before = await readFile(place.file);

  await (await place.open()).close();

  assert.ok((await readFile(place.file)).equals(before));
});

test('an empty file is a first start', async (t) => {
  const place = await createSqlitePlace(t);
  await writeFile(place.file, '');

  const store = await place.open();

  assert.equal((await store.append(madeReport())).status, 'stored');
});

test('a file of a newer Northbound is refused with both steps, and stays as it is', async (t) => {
  const place = await createSqlitePlace(t);
  writeVersion(place.file, migrations.length);
  {
    using database = new DatabaseSync(place.file);
    database.exec(`PRAGMA user_version = ${migrations.length + 1}`);
  }
  const before = await readFile(place.file);

  await assert.rejects(place.open(), (error: Error) => {
    assert.ok(error instanceof StoreError);
    assert.ok(error.message.startsWith(`${place.file} was written by a newer Northbound`));
    assert.match(
      error.message,
      new RegExp(`at step ${migrations.length + 1}, .* knows ${migrations.length}\\)`),
    );
    return true;
  });

  assert.ok((await readFile(place.file)).equals(before));
});

const foreign: Record<string, string> = {
  'with tables and no mark': 'CREATE TABLE report (id TEXT)',
  'with the mark of another program': 'PRAGMA application_id = 1196444487',
  'with a version of its own': 'PRAGMA user_version = 1',
};

for (const [kind, sql] of Object.entries(foreign))
  test(`the database of another program, ${kind}, is a wrong path and stays as it is`, async (t) => {
    const place = await createSqlitePlace(t);
    {
      using database = new DatabaseSync(place.file);
      database.exec(sql);
    }
    const before = await readFile(place.file);

    await assert.rejects(place.open(), (error: Error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(error.message, /northbound\.db is the database of another program: name another file/);
      return true;
    });

    assert.ok((await readFile(place.file)).equals(before));
  });

const wrongPaths: Record<string, { at: string; says: RegExp }> = {
  'in a directory that is not there': {
    at: 'missing/northbound.db',
    says: /leads nowhere: .*missing is no directory/,
  },
  'beneath a file': { at: 'file/northbound.db', says: /leads nowhere: .*file is no directory/ },
  'that is a directory': { at: 'folder', says: /is a directory: name a file in it/ },
};

for (const [kind, { at, says }] of Object.entries(wrongPaths))
  test(`a path ${kind} is a wrong setting, and nothing is made`, async (t) => {
    const directory = await temporaryDirectory(t);
    await writeFile(path.join(directory, 'file'), 'text');
    await mkdir(path.join(directory, 'folder'));

    await assert.rejects(
      openSqliteStore(path.join(directory, at), { committed() {}, sightingsAdded() {} }),
      (error: Error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.match(error.message, /NORTHBOUND_STORE=sqlite:/);
        assert.match(error.message, says);
        return true;
      },
    );

    assert.deepEqual((await readdir(directory)).toSorted(), ['file', 'folder']);
  });
