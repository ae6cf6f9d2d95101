import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { ConfigurationError } from '../../../src/config.ts';
import { verifyDatabase } from '../../../src/store/sqlite/verify.ts';
import type { StoreFault } from '../../../src/store/verify.ts';
import { StoreError } from '../../../src/store/store.ts';
import { fillStore, killStore } from './filled-store.ts';

function verify(file: string) {
  const faults: StoreFault[] = [];
  const advances: unknown[][] = [];
  const counts = verifyDatabase(file, {
    found: (fault) => void faults.push(fault),
    advanced: (...advance) => void advances.push(advance),
  });
  return { counts, faults, advances };
}

/** Changes the file behind the store's back. */
function alter(file: string, sql: string, ...values: (Uint8Array | string | number)[]): void {
  using database = new DatabaseSync(file);
  database.exec('PRAGMA foreign_keys = OFF');
  database.prepare(sql).run(...values);
}

/** Every file of a store's directory, by name. */
async function bytesAround(file: string): Promise<Record<string, string>> {
  const folder = path.dirname(file);
  const names = (await readdir(folder)).filter((name) => !name.endsWith('-shm'));
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(path.join(folder, name), 'base64')] as const),
    ),
  );
}

test('a whole store has no fault, over more rows than a page has, and stays as it was to the byte', async (t) => {
  const { file } = await fillStore(t, 2_300, 100);
  const before = await bytesAround(file);

  const { counts, faults, advances } = verify(file);

  assert.deepEqual(faults, []);
  assert.deepEqual(counts, {
    structure: 10,
    reports: 2_300,
    sightings: 2_300,
    departures: 2_300,
    'device counts': 3,
  });
  assert.deepEqual(
    advances.findLast(([part]) => part === 'reports'),
    ['reports', 2_299, 2_299],
  );
  assert.deepEqual(await bytesAround(file), before);
});

test('of a store that was killed the reports in its log are verified too, and the log stays', async (t) => {
  const { file } = await killStore(t, { closed: 20, logged: 7 });
  const before = await bytesAround(file);

  const { counts, faults } = verify(file);

  assert.deepEqual(faults, []);
  assert.equal(counts.reports, 27);
  assert.deepEqual(await bytesAround(file), before);
});

const unpacked = (): Uint8Array => zstdCompressSync(Buffer.from('other bytes'));

const damages: {
  readonly name: string;
  readonly sql: string;
  readonly values?: () => (Uint8Array | string | number)[];
  readonly part: string;
  readonly detail: RegExp;
}[] = [
  {
    name: 'a body that is another text',
    sql: 'UPDATE report SET body = ?, body_bytes = 11 WHERE report_no = 5',
    values: () => [unpacked()],
    part: 'reports',
    detail: /^profile and body have the id [0-9a-f]{32}$/,
  },
  {
    name: 'a body that is no zstd frame',
    sql: 'UPDATE report SET body = ? WHERE report_no = 5',
    values: () => [randomBytes(100)],
    part: 'reports',
    detail: /^the body cannot be decompressed: /,
  },
  {
    name: 'a body that was cut',
    sql: 'UPDATE report SET body = substr(body, 1, length(body) / 2) WHERE report_no = 5',
    part: 'reports',
    detail: /^the body (cannot be decompressed|has \d+ bytes)/,
  },
  {
    name: 'a body that unpacks to far more than it should',
    sql: 'UPDATE report SET body = ? WHERE report_no = 5',
    values: () => [zstdCompressSync(Buffer.alloc(50_000_000))],
    part: 'reports',
    detail: /^the body cannot be decompressed: /,
  },
  {
    name: 'what a report told, cut short',
    sql: 'UPDATE report SET rows = substr(rows, 1, length(rows) - 1) WHERE report_no = 5',
    part: 'reports',
    detail: /^what it told is damaged: /,
  },
  {
    name: 'a size that is not the size of the body',
    sql: 'UPDATE report SET body_bytes = body_bytes + 1 WHERE report_no = 5',
    part: 'reports',
    detail: /^the body has 2000 bytes, and 2001 were stored$/,
  },
  {
    name: 'a size that no body has',
    sql: 'UPDATE report SET body_bytes = -1 WHERE report_no = 5',
    part: 'reports',
    detail: /^the body cannot be decompressed: /,
  },
  {
    name: 'another profile',
    sql: "UPDATE report SET profile = 'wards' WHERE report_no = 5",
    part: 'reports',
    detail: /^profile and body have the id /,
  },
  {
    name: 'a report of an AP that is not there',
    sql: 'UPDATE report SET ap_id = 99 WHERE report_no = 5',
    part: 'structure',
    detail: /^report: row 5 refers to a row of ap that is not there$/,
  },
  {
    name: 'a sighting by an AP that is not there',
    sql: 'INSERT INTO sighting (device, last_seen, ap_id) SELECT mac, 7, 99 FROM device LIMIT 1',
    part: 'sightings',
    detail: /^device 06:00:00:00:00:00, last_seen 7, ap_id 99: there is no such AP$/,
  },
  {
    name: 'a sighting of a device that is not there',
    sql: 'INSERT INTO sighting (device, last_seen, ap_id) VALUES (255, 7, 1)',
    part: 'sightings',
    detail: /^device 00:00:00:00:00:ff, last_seen 7, ap_id 1: there is no such device$/,
  },
  {
    name: 'a departure of a device that is not there',
    sql: "INSERT INTO departure (device, last_seen, ap_id, event) VALUES (255, 7, 1, 'exit')",
    part: 'departures',
    detail: /^device 00:00:00:00:00:ff, last_seen 7, ap_id 1, event exit: there is no such device$/,
  },
  {
    name: 'a device count by an AP that is not there',
    sql: "INSERT INTO device_count (ap_id, class, devices, counted_at) VALUES (99, 'dev_eddystone', 1, 1)",
    part: 'device counts',
    detail: /^ap_id 99, class dev_eddystone: there is no such AP$/,
  },
];

for (const { name, sql, values, part, detail } of damages)
  test(`${name} is found, with its place, and nothing else is`, async (t) => {
    const { file, reports } = await fillStore(t, 10);
    alter(file, sql, ...(values?.() ?? []));

    const { faults } = verify(file);

    assert.equal(faults.length, 1, JSON.stringify(faults));
    assert.equal(faults[0]?.part, part);
    assert.match(faults[0]?.detail ?? '', detail);
    assert.equal(faults[0]?.report, part === 'reports' ? reports[4]?.id : undefined);
  });

test('garbage in the middle of the file is found, and what can still be read is verified', async (t) => {
  const { file } = await fillStore(t, 300, 20_000);
  const bytes = await readFile(file);
  // Pages that hold the middle of bodies.
  randomBytes(8 * 4_096).copy(bytes, 4_096 * Math.floor(bytes.length / 4_096 / 2));
  await writeFile(file, bytes);

  const { counts, faults } = verify(file);

  assert.ok(faults.some(({ part }) => part === 'structure'));
  const spoilt = faults.filter(({ part }) => part === 'reports').length;
  assert.ok(spoilt >= 1 && spoilt < 10, `${spoilt} reports are spoilt`);
  assert.equal(counts.reports, 300);
  assert.equal(counts.sightings, 300);
});

test('a table that cannot be read is one fault, and the tables after it are read', async (t) => {
  const { file } = await fillStore(t, 300);
  const root = ((): number => {
    using database = new DatabaseSync(file, { readOnly: true });
    const row = database.prepare("SELECT rootpage AS n FROM sqlite_schema WHERE name = 'sighting'").get();
    return Number(row?.['n']);
  })();
  const bytes = await readFile(file);
  bytes.fill(0xff, (root - 1) * 4_096, root * 4_096);
  await writeFile(file, bytes);

  const { counts, faults } = verify(file);

  assert.ok(
    faults.some(({ part, detail }) => part === 'sightings' && detail.startsWith('cannot be read on: ')),
  );
  assert.equal(counts.departures, 300);
});

test('what is no store is refused for what it is', async (t) => {
  const { file } = await fillStore(t, 1);
  const beside = (name: string): string => path.join(path.dirname(file), name);
  await writeFile(beside('empty.db'), '');
  await writeFile(beside('text.db'), 'no database\n'.repeat(1_000));
  {
    using foreign = new DatabaseSync(beside('foreign.db'));
    foreign.exec('CREATE TABLE someone (name TEXT)');
  }

  const refused = (name: string, kind: typeof StoreError | typeof ConfigurationError, why: RegExp): void =>
    assert.throws(
      () => verify(beside(name)),
      (error: Error) => error instanceof kind && why.test(error.message),
    );

  refused('absent.db', ConfigurationError, /is not there/);
  refused('foreign.db', ConfigurationError, /is the database of another program/);
  refused('empty.db', StoreError, /is empty/);
  refused('text.db', StoreError, /is damaged/);
});
