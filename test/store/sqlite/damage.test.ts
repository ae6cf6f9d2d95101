/** Files that a broken disk, a half copy or a power cut left behind. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { StoreError } from '../../../src/store/store.ts';
import { deviceMac, madeReport, madeSighting } from '../made-report.ts';
import { fillStore } from './filled-store.ts';
import { createSqlitePlace, type SqlitePlace } from './place.ts';

/** A store that was killed: its file, and a log that holds the last of these reports, each in a commit of its own. */
async function createKilledStore(t: TestContext, { closed, logged }: { closed: number; logged: number }) {
  const running = await createSqlitePlace(t);
  const killed = await createSqlitePlace(t);
  const reports = Array.from({ length: closed + logged }, (_, index) =>
    madeReport({
      delivery: { body: randomBytes(2_000) },
      sightings: [madeSighting({}, { mac: deviceMac(index) })],
    }),
  );
  const first = await running.open();
  await Promise.all(reports.slice(0, closed).map((report) => first.append(report)));
  await first.close();
  const second = await running.open();
  for (const report of reports.slice(closed)) await second.append(report);
  await copyFile(running.file, killed.file);
  await copyFile(`${running.file}-wal`, `${killed.file}-wal`);
  return { place: killed, reports };
}

/** Overwrites a part of a file, given in shares of its length. */
async function spoil(file: string, from: number, to: number): Promise<void> {
  const bytes = await readFile(file);
  randomBytes(Math.floor(bytes.length * (to - from))).copy(bytes, Math.floor(bytes.length * from));
  await writeFile(file, bytes);
}

async function cut(file: string, share: number): Promise<void> {
  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(0, Math.floor(bytes.length * share)));
}

async function bytesOf({ file }: SqlitePlace): Promise<Buffer[]> {
  return Promise.all([file, `${file}-wal`].map((name) => readFile(name).catch(() => Buffer.alloc(0))));
}

interface Damage {
  readonly kind: string;
  readonly damage: (file: string) => Promise<void>;
  /** Reports that only the log holds. What it holds of a page heals the page. */
  readonly logged: number;
}

const damages: Damage[] = [
  { kind: 'whose first bytes are garbage', damage: (file) => spoil(file, 0, 0.001), logged: 0 },
  { kind: 'that is a text', damage: (file) => writeFile(file, 'no database\n'.repeat(1_000)), logged: 0 },
  { kind: 'whose tables are garbage', damage: (file) => spoil(file, 0.01, 0.9), logged: 0 },
  {
    kind: 'whose tables are garbage and whose log is whole',
    damage: (file) => spoil(file, 0.01, 0.9),
    logged: 20,
  },
  { kind: 'that was cut in half', damage: (file) => cut(file, 0.5), logged: 0 },
  { kind: 'that was cut in half and whose log is whole', damage: (file) => cut(file, 0.5), logged: 20 },
  { kind: 'that was cut within its first page', damage: (file) => cut(file, 0.001), logged: 0 },
];

for (const { kind, damage, logged } of damages)
  test(`a file ${kind} is named with a way on, and nothing is changed`, async (t) => {
    const { place } = await createKilledStore(t, { closed: 200, logged });
    await damage(place.file);
    const before = await bytesOf(place);

    await assert.rejects(place.open(), (error: Error) => {
      assert.ok(error instanceof StoreError, error.message);
      assert.ok(error.message.startsWith(`${place.file} is damaged (`), error.message);
      assert.match(
        error.message,
        /To go on: move it .* aside, put the newest backup in place or start without one/,
      );
      return true;
    });

    assert.deepEqual(await bytesOf(place), before);
  });

test('damage of what a start looks at to go on is named with a way on', async (t) => {
  const { place } = await createKilledStore(t, { closed: 200, logged: 0 });
  ruinLeafOf(place.file, 'report', 'last');

  await assert.rejects(place.open(), (error: Error) => {
    assert.ok(error instanceof StoreError, error.message);
    assert.ok(error.message.startsWith(`${place.file} is damaged (`), error.message);
    return true;
  });
});

test('damaged rows that a crash kept from their tables are named with a way on', async (t) => {
  const { place } = await createKilledStore(t, { closed: 20, logged: 0 });
  const database = new DatabaseSync(place.file);
  database.exec(`UPDATE report SET rows = x'ff' WHERE report_no = 5; UPDATE total SET rows_up_to = 0`);
  database.close();

  await assert.rejects(place.open(), (error: Error) => {
    assert.ok(error instanceof StoreError, error.message);
    assert.match(error.message, /northbound\.db is damaged \(.*packed rows.*To go on: move it/);
    return true;
  });
});

test('damage that is met while reports come in ends the store for good, and says how to go on', async (t) => {
  const { place } = await createKilledStore(t, { closed: 400, logged: 0 });
  // Not read by an open, and where the next report goes.
  ruinLeafOf(place.file, 'report_by_time', 'last');
  const store = await place.open();

  const results = await Promise.allSettled(
    [madeReport(), madeReport()].map((report) => store.append(report)),
  );

  assert.ok(results.every(({ status }) => status === 'rejected'));
  assert.match(
    (await store.failure).message,
    /northbound\.db: a commit failed: .*malformed\. To go on: move it/,
  );
  assert.ok(store.unreadyReason());
});

test('damage that only retention meets keeps no report from being stored', async (t) => {
  const { place, file } = await fillStore(t, 1_500, 16);
  const first = await place.open();
  await first.keepTime({ nowMs: 1_000, doubtedForMs: 0 }, 0);
  await first.close();
  ruinLeafOf(file, 'sighting', 'second');
  const store = await place.open();

  await assert.rejects(store.prune(2_000), /nothing was stored: .*malformed/);

  assert.equal((await store.append(madeReport({ sightings: [] }))).status, 'stored');
  assert.equal(store.unreadyReason(), undefined);
});

/** What pages begin with: those above the leaves, of an index and of a table. [https://sqlite.org/fileformat2.html#b_tree_pages] */
const innerPages = new Set([0x02, 0x05]);

/** Overwrites a leaf of a table or an index: an open reads the first. */
function ruinLeafOf(file: string, name: string, which: 'second' | 'last'): void {
  const bytes = readFileSync(file);
  using database = new DatabaseSync(file, { readOnly: true });
  const root = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name)?.['rootpage'];
  const pageBytes = bytes.readUInt16BE(16);
  const startOf = (page: number): number => (page - 1) * pageBytes;
  const isInner = (page: number): boolean => innerPages.has(bytes[startOf(page)] ?? 0);
  // An inner page names the last page below it at byte 8; its cell pointers follow its header of 12 bytes, and a cell begins with
  // the page below it.
  const pageBelow = (page: number): number =>
    bytes.readUInt32BE(startOf(page) + (which === 'last' ? 8 : bytes.readUInt16BE(startOf(page) + 14)));
  assert.ok(isInner(Number(root)), `${name} has several leaves`);
  let leaf = pageBelow(Number(root));
  while (isInner(leaf)) leaf = pageBelow(leaf);
  bytes.fill(0xff, startOf(leaf), startOf(leaf) + pageBytes);
  writeFileSync(file, bytes);
}

test('a log that was cut anywhere, as by a power cut, gives back every commit before the cut and takes the rest again', async (t) => {
  const { place, reports } = await createKilledStore(t, { closed: 10, logged: 20 });
  const [file, log] = await bytesOf(place);
  const counts: number[] = [];
  for (const share of [0, 0.001, 0.1, 0.25, 0.4, 0.5, 0.75, 0.9, 0.999, 1]) {
    await writeFile(place.file, file as Buffer);
    await writeFile(
      `${place.file}-wal`,
      (log as Buffer).subarray(0, Math.floor((log as Buffer).length * share)),
    );
    const store = await place.open();

    const kept = (await place.contents()).reports.map(({ id }) => id);
    const receipts = await Promise.all(reports.map((report) => store.append(report)));
    await store.close();

    assert.deepEqual(
      kept,
      reports.slice(0, kept.length).map(({ id }) => id),
    );
    assert.deepEqual(
      receipts.map(({ status }) => status),
      reports.map((_, index) => (index < kept.length ? 'duplicate' : 'stored')),
    );
    counts.push(kept.length);
  }
  assert.deepEqual(
    counts.toSorted((a, b) => a - b),
    counts,
  );
  assert.deepEqual([counts.at(0), counts.at(-1)], [10, 30]);
});
