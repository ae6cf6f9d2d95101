/** What is asked of a SQLite store, and what SQLite does for it. */
import assert from 'node:assert/strict';
import { after as atEnd, before, describe, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import type { Mac, Report } from '../../../src/report.ts';
import { fillPage, itemsOf, type Page, type PageQuery } from '../../../src/store/page.ts';
import type { SightingItem } from '../../../src/store/items.ts';
import type { Row } from '../../../src/store/rows.ts';
import { answerQuestion, questions, type Question } from '../../../src/store/sqlite/questions/questions.ts';
import { search, stepRows } from '../../../src/store/sqlite/questions/search.ts';
import { openForReading } from '../../../src/store/sqlite/reading.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { temporaryDirectory } from '../../receiver.ts';
import { deviceMac, madeDeparture, madeReport, madeSighting } from '../made-report.ts';

const nowMs = Date.now();
const nowSeconds = Math.floor(nowMs / 1000);
const [ap1, ap2]: [Mac, Mac] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];

/** What each of ten devices is called; the classes and the vendor go by turns. */
const names = [
  'bed-17',
  'Bed-18',
  'pump "3"',
  '100%',
  'ทดสอบ',
  'wheelchair',
  'scanner',
  'door',
  'cart',
  'cup',
];

/** Twenty reports, a minute apart, the newest now: those of ap1 hear the first five devices, those of ap2 the others. */
function fleet(): Report[] {
  return Array.from({ length: 20 }, (_, index) => {
    const [mac, first, profile]: [Mac, number, string] =
      index % 2 === 0 ? [ap1, 0, 'wards'] : [ap2, 5, 'stores'];
    const minutesAgo = 19 - index;
    const lastSeen = nowSeconds - minutesAgo * 60;
    return madeReport({
      delivery: { profile, receivedAtMs: nowMs - minutesAgo * 60_000, body: Buffer.from(`report ${index}`) },
      reporter: { mac },
      sightings: [0, 1, 2, 3, 4].map((offset) =>
        madeSighting(
          { lastSeen, rssi: -50 - offset },
          {
            mac: deviceMac(first + offset),
            name: names[first + offset] ?? '',
            classes: offset % 2 === 0 ? ['iBeacon', 'arubaBeacon'] : ['eddystone'],
            vendor: 'Acme',
          },
        ),
      ),
      departures: index === 19 ? [madeDeparture({ lastSeen: lastSeen - 300 }, { mac: deviceMac(9) })] : [],
      deviceCounts: { dev_iBeacon: index },
    });
  });
}

describe('a store of two APs, ten devices and twenty reports', () => {
  const closing = new AsyncDisposableStack();
  const reports = fleet();
  let database: DatabaseSync;

  before(async () => {
    const folder = await temporaryDirectory({
      after: (close) => closing.defer(async () => void (await close())),
    });
    const store = await openSqliteStore(`${folder}/northbound.db`, { committed() {} });
    closing.defer(() => store.close());
    for (const report of reports) await store.append(report);
    database = openForReading(`${folder}/northbound.db`);
    closing.defer(() => database.close());
  });
  atEnd(() => closing.disposeAsync());

  const macsOf = (page: Page<{ mac: Mac }>): Mac[] => itemsOf(page).map(({ mac }) => mac);
  const devicesBy = (filter: Parameters<typeof questions.devices>[2]): Mac[] =>
    macsOf(questions.devices(database, { limit: 100 }, filter));

  test('totals are those of the tables', () => {
    assert.deepEqual(questions.totals(database), {
      aps: 2,
      devices: 10,
      sightings: 100,
      departures: 1,
      reports: 20,
    });
  });

  test('pages of every list hold each item once, in order, whatever their size', () => {
    const lists: Record<string, (page: PageQuery) => Page<unknown> | undefined> = {
      aps: (page) => questions.aps(database, page),
      devices: (page) => questions.devices(database, page, {}),
      'devices of a class': (page) => questions.devices(database, page, { class: 'iBeacon' }),
      'devices of an AP': (page) => questions.devices(database, page, { ap: ap2 }),
      sightings: (page) => questions.sightings(database, deviceMac(3), page, {}),
      reports: (page) => questions.reports(database, page, {}),
      'reports of an AP': (page) => questions.reports(database, page, { ap: ap1 }),
      'reports of a profile': (page) => questions.reports(database, page, { profile: 'stores' }),
    };
    for (const [name, list] of Object.entries(lists)) {
      const page = list({ limit: 1_000 });
      assert.ok(page !== undefined && page.next === undefined, name);
      const whole = itemsOf(page);
      assert.ok(whole.length > 1, name);
      for (const limit of [1, 3, whole.length])
        assert.deepEqual(
          walk((after) => list({ limit, after })),
          whole,
          `${name} by ${limit}`,
        );
    }
  });

  test('devices are in the order of their MACs, sightings and reports newest first', () => {
    assert.deepEqual(
      devicesBy({}),
      Array.from({ length: 10 }, (_, index) => deviceMac(index)),
    );
    const sightings = heard(questions.sightings(database, deviceMac(3), { limit: 100 }, {}));
    assert.deepEqual(
      sightings,
      sightings.toSorted((a, b) => b.lastSeen.localeCompare(a.lastSeen)),
    );
    assert.deepEqual(
      itemsOf(questions.reports(database, { limit: 100 }, {})).map(({ id }) => id),
      reports.map(({ id }) => id).toReversed(),
    );
  });

  test('devices are found by class, by a part of a text or a MAC, and by when they were seen', () => {
    const mac = (...numbers: number[]): Mac[] => numbers.map(deviceMac);
    assert.deepEqual(devicesBy({ class: 'eddystone' }), mac(1, 3, 6, 8));
    assert.deepEqual(devicesBy({ class: 'Beacon' }), []);
    assert.deepEqual(devicesBy({ class: ',' }), []);
    assert.deepEqual(devicesBy({ text: 'bed-' }), mac(0, 1));
    assert.deepEqual(devicesBy({ text: '"3"' }), mac(2));
    assert.deepEqual(devicesBy({ text: '%' }), mac(3));
    assert.deepEqual(devicesBy({ text: 'ทด' }), mac(4));
    assert.deepEqual(devicesBy({ text: 'ACME', class: 'iBeacon' }), mac(0, 2, 4, 5, 7, 9));
    assert.deepEqual(devicesBy({ text: '00:00:07' }), mac(7));
    assert.deepEqual(devicesBy({ text: '06-00-00-00-00-08' }), mac(8));
    assert.deepEqual(devicesBy({ seenSinceMs: nowMs - 30_000 }), mac(5, 6, 7, 8, 9));
    assert.deepEqual(devicesBy({ seenSinceMs: nowMs + 60_000 }), []);
  });

  test('devices of an AP are those that it heard since, in the last hour where nothing is said', () => {
    assert.deepEqual(devicesBy({ ap: ap1 }), [0, 1, 2, 3, 4].map(deviceMac));
    assert.deepEqual(devicesBy({ ap: ap1, class: 'eddystone' }), [1, 3].map(deviceMac));
    assert.deepEqual(devicesBy({ ap: ap1, seenSinceMs: nowMs - 30_000 }), []);
    assert.deepEqual(devicesBy({ ap: '02:00:00:00:00:99' }), []);
    const later = { limit: 100, askedAtMs: nowMs + 70 * 60_000 };
    assert.deepEqual(macsOf(questions.devices(database, later, { ap: ap1 })), []);
  });

  test('sightings and reports are those from one moment to just before another', () => {
    const span = { sinceMs: nowMs - 5 * 60_000, untilMs: nowMs - 60_000 };
    const found = questions.reports(database, { limit: 100 }, span);
    const times = itemsOf(found).map(({ receivedAt }) => receivedAt);
    assert.deepEqual(
      times,
      [2, 3, 4, 5].map((minutes) => new Date(nowMs - minutes * 60_000).toISOString()),
    );
    const seconds = { sinceMs: (nowSeconds - 300) * 1000, untilMs: (nowSeconds - 60) * 1000 };
    const sightings = heard(questions.sightings(database, deviceMac(0), { limit: 100 }, seconds));
    assert.deepEqual(
      sightings.map(({ lastSeen }) => nowSeconds - Date.parse(lastSeen) / 1000),
      [180, 300],
    );
  });

  test('details tell what belongs to them', () => {
    const ap = questions.ap(database, ap1);
    assert.deepEqual(
      ap?.deviceCounts.map(({ class: name, devices }) => [name, devices]),
      [['dev_iBeacon', 18]],
    );
    assert.deepEqual(ap?.latestReports[0]?.id, reports.at(-2)?.id);
    assert.equal(ap?.latestReports.length, 10);
    const device = questions.device(database, deviceMac(9), 900);
    assert.equal(device?.sightingsCount, 10);
    assert.deepEqual(
      device?.departures.map(({ event, ap: mac }) => [event, mac]),
      [['exit', ap2]],
    );
    assert.deepEqual([device?.where.ap, device?.where.fresh], [ap2, true]);
    const report = questions.report(database, reports[19]?.id ?? '');
    assert.deepEqual([report?.newSightings, report?.newDepartures, report?.ap], [5, 1, ap2]);
    assert.equal(
      Buffer.from(questions.reportBody(database, reports[7]?.id ?? '') ?? []).toString(),
      'report 7',
    );
  });

  test('what is not there is undefined', () => {
    const nowhere = '0a:0a:0a:0a:0a:0a';
    assert.equal(questions.ap(database, nowhere), undefined);
    assert.equal(questions.device(database, nowhere, 900), undefined);
    assert.equal(questions.sightings(database, nowhere, { limit: 1 }, {}), undefined);
    assert.equal(questions.report(database, '0'.repeat(32)), undefined);
    assert.equal(questions.reportBody(database, '0'.repeat(32)), undefined);
  });

  test('no question reads a table that grows from its beginning, or sorts what it found', () => {
    const page = { limit: 100 };
    const further = (...after: number[]): PageQuery => ({ limit: 100, after });
    const bounded: Question[] = [
      { name: 'totals', args: [] },
      { name: 'aps', args: [page] },
      { name: 'ap', args: [ap1] },
      { name: 'devices', args: [page, {}] },
      { name: 'devices', args: [further(3), {}] },
      { name: 'devices', args: [further(3), { text: 'bed', class: 'iBeacon', seenSinceMs: 1 }] },
      { name: 'devices', args: [further(3), { ap: ap1, text: 'bed' }] },
      { name: 'device', args: [deviceMac(1), 900] },
      { name: 'sightings', args: [deviceMac(1), page, {}] },
      { name: 'sightings', args: [deviceMac(1), further(nowSeconds, 1), { sinceMs: 1, untilMs: nowMs }] },
      { name: 'reports', args: [page, {}] },
      { name: 'reports', args: [further(nowMs, 3), { sinceMs: 1, untilMs: nowMs }] },
      { name: 'reports', args: [further(nowMs, 3), { ap: ap1, sinceMs: 1 }] },
      { name: 'reports', args: [page, { profile: 'wards', ap: ap1 }] },
      { name: 'reports', args: [further(nowMs, 3), { profile: 'wards' }] },
      { name: 'report', args: [reports[0]?.id] },
      { name: 'reportBody', args: [reports[0]?.id] },
    ];
    for (const question of bounded)
      for (const [sql, plan] of plansOf(database, question))
        assert.doesNotMatch(
          plan,
          /SCAN (report|sighting|departure|device|device_count)\b|TEMP B-TREE FOR ORDER BY/,
          `${sql}\n${plan}`,
        );
  });

  test('an answer is of one moment, and holds on to none', () => {
    answerQuestion(database, { name: 'totals', args: [] });
    assert.equal(database.isTransaction, false);
    for (const filter of [{}, { class: 'iBeacon' }, { ap: ap1 }]) {
      answerQuestion(database, { name: 'devices', args: [{ limit: 1 }, filter] });
      using other = new DatabaseSync(database.location() ?? '');
      assert.equal(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'], 0);
    }
    assert.throws(() => answerQuestion(database, { name: 'report', args: [{}] }));
    assert.equal(database.isTransaction, false);
  });
});

test('a search without time left stops after one step, and goes on from there', () => {
  const matching = [3, stepRows + 3, 3 * stepRows + 3];
  const rows = 4 * stepRows;
  const table = {
    start: [0],
    end: [Infinity],
    stepEnd: ([after = 0]: readonly number[]) => (after + stepRows <= rows ? [after + stepRows] : undefined),
    matches: ([after = 0]: readonly number[], [upTo = 0]: readonly number[]) =>
      matching.filter((row) => row > after && row <= upTo).map((row) => ({ row })),
  };
  const found = (page: PageQuery, budgetMs: number): Page<Row> =>
    fillPage(search(table, page, budgetMs), page, {
      toItem: (row) => row,
      positionOf: ({ row }) => [Number(row)],
    });
  const first = found({ limit: 2 }, 0);
  assert.deepEqual([itemsOf(first), first.next], [[{ row: 3 }], [stepRows]]);
  const later = found({ limit: 2, after: first.next }, 1_000_000);
  assert.deepEqual(
    [itemsOf(later), later.next],
    [[{ row: stepRows + 3 }, { row: 3 * stepRows + 3 }], undefined],
  );
});

const heard = (page: Page<SightingItem> | undefined): SightingItem[] => (page ? itemsOf(page) : []);

/** Every item of a list, page by page. */
function walk(list: (after: PageQuery['after']) => Page<unknown> | undefined): unknown[] {
  const items: unknown[] = [];
  for (let after: PageQuery['after']; ;) {
    const page = list(after);
    if (page === undefined) return items;
    items.push(...itemsOf(page));
    if (page.next === undefined) return items;
    after = page.next;
  }
}

/** How SQLite goes about each statement of a question. */
function plansOf(database: DatabaseSync, { name, args }: Question): [sql: string, plan: string][] {
  const seen: string[] = [];
  const prepare = database.prepare.bind(database);
  const watched = Object.assign(Object.create(database) as DatabaseSync, {
    prepare: (sql: string) => {
      seen.push(sql);
      return prepare(sql);
    },
  });
  (questions[name] as (database: DatabaseSync, ...args: readonly unknown[]) => unknown)(watched, ...args);
  return seen.map((sql) => {
    const rows = prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    return [sql, rows.map(({ detail }) => String(detail)).join('\n')];
  });
}
