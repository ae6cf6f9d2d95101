import assert from 'node:assert/strict';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import type { Reporter } from '../../../src/report.ts';
import { createApWords, type ApWords } from '../../../src/store/sqlite/ap-words.ts';
import { openDatabase } from '../../../src/store/sqlite/database.ts';
import { closeAfter, temporaryDirectory } from '../../receiver.ts';

const mac = '02:00:00:00:00:01';

interface Word {
  readonly reporter: Reporter;
  readonly atMs: number;
}

async function openTables(t: TestContext): Promise<{ database: DatabaseSync; words: ApWords }> {
  const database = openDatabase(path.join(await temporaryDirectory(t), 'northbound.db'));
  closeAfter(t, () => database.close());
  return { database, words: createApWords(database) };
}

function hearAll(words: ApWords, said: readonly Word[]): void {
  for (const { reporter, atMs } of said) words.hear(words.idOf(reporter, atMs), reporter, atMs);
}

/** The table, an AP's number apart. */
function apsIn(database: DatabaseSync): Record<string, unknown>[] {
  return database
    .prepare('SELECT * FROM ap ORDER BY mac')
    .all()
    .map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'ap_id')));
}

const words: fc.Arbitrary<Word[]> = fc.array(
  fc.record({
    atMs: fc.nat({ max: 5 }),
    reporter: fc.record(
      {
        mac: fc.constantFrom(mac, '02:00:00:00:00:02'),
        name: fc.constantFrom('a', 'b', 'c', ''),
        ipv4: fc.constantFrom('192.0.2.1', '192.0.2.2'),
        ipv6: fc.constant('2001:db8::1'),
        hwType: fc.constantFrom('AP-505', 'AP-515'),
        swVersion: fc.constantFrom('8.10', '8.11'),
        swBuild: fc.constant('83631'),
        time: fc.nat({ max: 9 }),
      },
      { requiredKeys: ['mac'] },
    ),
  }),
  { maxLength: 8 },
);

test('many reports of one batch leave what they leave one by one, in whatever order they come', async (t) => {
  const together = await openTables(t);
  const alone = await openTables(t);
  fc.assert(
    fc.property(words, (said) => {
      for (const { database } of [together, alone]) database.exec('BEGIN; DELETE FROM ap');
      hearAll(together.words, said);
      together.words.write();
      for (const word of said) {
        hearAll(alone.words, [word]);
        alone.words.write();
      }
      const [one, other] = [apsIn(together.database), apsIn(alone.database)];
      for (const { database } of [together, alone]) database.exec('ROLLBACK');
      assert.deepEqual(one, other);
      assert.equal(one.length, new Set(said.map(({ reporter }) => reporter.mac)).size);
    }),
  );
});

test('the newest word wins, what it leaves out stays, and the times are the first and the last', async (t) => {
  const { database, words: aps } = await openTables(t);
  const said: Word[] = [
    { reporter: { mac, name: 'new', swVersion: '8.11', time: 20 }, atMs: 2_000 },
    { reporter: { mac, name: 'old', hwType: 'AP-505', swVersion: '8.10', time: 10 }, atMs: 1_000 },
    { reporter: { mac, ipv4: '192.0.2.9' }, atMs: 3_000 },
  ];

  hearAll(aps, said);
  aps.write();

  assert.deepEqual(apsIn(database), [
    {
      mac,
      name: 'new',
      ipv4: '192.0.2.9',
      ipv6: null,
      hw_type: 'AP-505',
      sw_version: '8.11',
      sw_build: null,
      first_report_at: 1_000,
      last_report_at: 3_000,
      last_report_time: 20,
    },
  ]);
});

test('of two words of the same moment the one that came later counts', async (t) => {
  const { database, words: aps } = await openTables(t);

  hearAll(aps, [
    { reporter: { mac, name: 'first' }, atMs: 1_000 },
    { reporter: { mac, name: 'second' }, atMs: 1_000 },
  ]);
  aps.write();

  assert.equal(apsIn(database)[0]?.['name'], 'second');
});

test('an AP whose only report is undone is not remembered: its next report gets a row of its own', async (t) => {
  const { database, words: aps } = await openTables(t);
  database.exec('BEGIN; SAVEPOINT item');
  aps.idOf({ mac }, 1);
  database.exec('ROLLBACK TO item; RELEASE item');

  hearAll(aps, [{ reporter: { mac, name: 'again' }, atMs: 2 }]);
  aps.write();
  database.exec('COMMIT');

  assert.deepEqual(
    apsIn(database).map(({ name, first_report_at: first }) => [name, first]),
    [['again', 2]],
  );
});

test('what was heard in a batch that did not stay is not written by the next one', async (t) => {
  const { database, words: aps } = await openTables(t);
  hearAll(aps, [{ reporter: { mac, name: 'kept' }, atMs: 1 }]);
  aps.write();
  database.exec('BEGIN');
  hearAll(aps, [
    { reporter: { mac, name: 'undone' }, atMs: 2 },
    { reporter: { mac: '02:00:00:00:00:02' }, atMs: 2 },
  ]);
  database.exec('ROLLBACK');

  aps.forget();
  hearAll(aps, [{ reporter: { mac, hwType: 'AP-505' }, atMs: 3 }]);
  aps.write();

  assert.deepEqual(
    apsIn(database).map(({ name, hw_type: hwType, last_report_at: last }) => [name, hwType, last]),
    [['kept', 'AP-505', 3]],
  );
});
