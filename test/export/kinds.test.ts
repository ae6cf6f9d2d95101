import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { ExportError, filterNames, readFilters } from '../../src/export/filters.ts';
import { assertFits, kindNames, kinds, type KindName } from '../../src/export/kinds.ts';
import type { Kind } from '../../src/export/kind.ts';
import type { Report } from '../../src/report.ts';
import { createSqliteDirectReader, openSqliteDirectReader } from '../../src/store/sqlite/direct-reader.ts';
import { closeAfter } from '../receiver.ts';
import { deviceMac, madeReport, madeSighting } from '../store/made-report.ts';
import { createSqlitePlace } from '../store/sqlite/place.ts';
import { QueryKeeper } from '../store/sqlite/query-keeper.ts';
import { writeStoreFile } from '../store/sqlite/written-file.ts';
import { exported } from './exported.ts';
import { idAt, north, runExportConformance, start, tag, told } from './kinds-conformance.ts';

runExportConformance('SQLite', async (t, reports) => {
  const reader = await openSqliteDirectReader(await writeStoreFile(t, reports));
  closeAfter(t, () => reader.close());
  return reader;
});

test('a report that is damaged is named, and the others are exported', async (t) => {
  const reports = Array.from({ length: 3 }, (_, index) =>
    madeReport({ delivery: { body: Buffer.from(`{"made":"up","number":${index}}`) } }),
  );
  const file = await writeStoreFile(t, reports);
  using database = new DatabaseSync(file);
  const [first, second, third] = reports.map(({ id }) => id);
  database.exec(`UPDATE report SET body = zeroblob(40) WHERE id = x'${first}'`);
  database.exec(
    `UPDATE report SET body = (SELECT body FROM report WHERE id = x'${third}') WHERE id = x'${second}'`,
  );
  const damaged: string[] = [];
  for (const format of ['json', 'ndjson'] as const) {
    const text = await exported(file, {
      kind: 'reports',
      format,
      damaged: ({ report, message }) => damaged.push(`${report}: ${message}`),
    });
    assert.equal((JSON.parse(format === 'json' ? text : `[${text}]`) as { id: string }[])[0]?.id, third);
  }
  assert.equal(damaged.length, 4);
  assert.match(damaged[0] ?? '', new RegExp(`^${first}: the body cannot be decompressed: `));
  assert.equal(damaged[1], `${second}: profile and body have the id ${third}`);
});

test('a report that has gone since its page was read is left out', async (t) => {
  const file = await writeStoreFile(t, told);
  using database = new DatabaseSync(file);
  const { pages, toJson } = kinds.reports;
  const isGone: boolean[] = [];
  for await (const page of pages(createSqliteDirectReader(database, file), readFilters({}, 0))) {
    database.exec(`DELETE FROM report WHERE id = x'${idAt(0)}'`);
    isGone.push(...page.map((item) => toJson(item) === undefined));
  }
  assert.deepEqual(isGone, [false, true, false, false]);
});

test('what comes and goes between two pages changes nothing else, and no page keeps a transaction open', async (t) => {
  const place = await createSqlitePlace(t);
  const store = await place.open();
  const count = 1_100;
  const many = Array.from({ length: count }, (_, index) =>
    madeReport({
      delivery: { receivedAtMs: start * 1000 + (index % 7) },
      reporter: { mac: deviceMac(index).replace('06', '02') },
      sightings: [
        madeSighting({ lastSeen: start + (index % 500) }, { mac: deviceMac(0) }),
        madeSighting({}, { mac: deviceMac(index + 1) }),
      ],
    }),
  );
  const last = many.findLast((_, index) => index % 7 === 6)?.id;
  const late = (): Report =>
    madeReport({
      delivery: { receivedAtMs: (start + 600) * 1000 },
      reporter: { mac: '02:ff:00:00:00:00' },
      sightings: [madeSighting({ lastSeen: start + 600 }, { mac: deviceMac(9_999) })],
    });
  await Promise.all(many.map((report) => store.append(report)));
  await store.settled();
  using database = new DatabaseSync(place.file, { readOnly: true });
  using other = new DatabaseSync(place.file, { timeout: 5_000 });
  const expected = { aps: count, devices: count + 1, sightings: 2 * count, reports: count - 1 };
  const reader = createSqliteDirectReader(database, place.file);
  for (const name of kindNames) {
    const kind: Kind<unknown> = kinds[name];
    const items: string[] = [];
    for await (const page of kind.pages(reader, readFilters({ until: String(start + 500) }, 0))) {
      items.push(...page.map((item) => JSON.stringify(kind.toJson(item))));
      // Enough of them: a sighting's page is one device.
      if (items.length % 500 > 0) continue;
      await store.append(late());
      if (name === 'reports') other.exec(`DELETE FROM report WHERE id = x'${last}'`);
      const { busy, log } = other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? {};
      assert.deepEqual({ busy, log }, { busy: 0, log: 0 }, name);
    }
    assert.equal(new Set(items).size, items.length, name);
    assert.equal(items.length, expected[name], name);
  }
});

test('no query reads more than a page, or sorts', async (t) => {
  const file = await writeStoreFile(t, told);
  using database = new QueryKeeper(file, { readOnly: true });
  const reader = createSqliteDirectReader(database, file);
  for (const typed of [{}, { ap: north, device: tag }])
    for (const name of kindNames)
      for await (const page of kinds[name].pages(reader, readFilters(typed, 0))) assert.ok(page);
  const plans = database.plans();
  assert.ok(plans.length >= 9);
  for (const { query, steps } of plans)
    assert.deepEqual(
      steps.filter((step) => /SCAN|TEMP B-TREE/.test(step)),
      [],
      query,
    );
});

test('a filter that makes no sense for a kind is refused with those that take it', () => {
  const taken: Record<KindName, string[]> = { aps: [], devices: [], sightings: [], reports: [] };
  for (const kind of kindNames)
    for (const filter of filterNames)
      try {
        assertFits(kind, { [filter]: 'x' });
        taken[kind].push(filter);
      } catch (error) {
        assert.ok(error instanceof ExportError);
        assert.match(
          error.message,
          new RegExp(`^--${filter} fits \\w+.*, and not ${kind}, which take --since, `),
        );
      }
  assert.deepEqual(taken, {
    aps: ['since', 'until', 'ap'],
    devices: ['since', 'until', 'device', 'ap', 'class'],
    sightings: ['since', 'until', 'device', 'ap', 'class'],
    reports: ['since', 'until', 'device', 'ap', 'profile'],
  });
});

for (const [typed, says] of [
  [{ since: 'soon' }, /^--since is no time: "soon"\. Write it as 2026-/],
  [{ until: '2026-02-30' }, /^--until is no time: /],
  [{ device: 'tag\u001b' }, /^--device is no MAC: "tag\\u001b"\. Write it as 28:de:/],
  [{ ap: '28:de:65' }, /^--ap is no MAC: /],
] as const)
  test(`${JSON.stringify(typed)} is refused with what to write`, () => {
    assert.throws(() => readFilters(typed, 0), { name: 'ExportError', message: says });
  });
