/** What SQLite does for a question. */
import assert from 'node:assert/strict';
import { after as atEnd, before, describe, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { fillPage, itemsOf, type Page, type PageQuery } from '../../../src/store/page.ts';
import type { Row } from '../../../src/store/rows.ts';
import { answerQuestion, questions, type Question } from '../../../src/store/sqlite/questions/questions.ts';
import { search, stepRows } from '../../../src/store/sqlite/questions/search.ts';
import { openForReading } from '../../../src/store/sqlite/reading.ts';
import { openSqliteStore } from '../../../src/store/sqlite/store.ts';
import { temporaryDirectory } from '../../receiver.ts';
import { deviceMac } from '../made-report.ts';
import { ap1, nowMs, nowSeconds, smallFleet } from '../small-fleet.ts';

describe('a store of two APs, ten devices and twenty reports', () => {
  const closing = new AsyncDisposableStack();
  const reports = smallFleet();
  let database: DatabaseSync;

  before(async () => {
    const folder = await temporaryDirectory({
      after: (close) => closing.defer(async () => void (await close())),
    });
    const store = await openSqliteStore(`${folder}/northbound.db`, { committed() {}, sightingsAdded() {} });
    closing.defer(() => store.close());
    for (const report of reports) await store.append(report);
    database = openForReading(`${folder}/northbound.db`);
    closing.defer(() => database.close());
  });
  atEnd(() => closing.disposeAsync());

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
