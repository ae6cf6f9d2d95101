import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBoard } from '../../src/commands/simulate-board.ts';
import { openScreen } from '../../src/commands/simulate-screen.ts';
import { createTally } from '../../src/commands/tally.ts';
import { createFleet, type Fleet } from '../../src/simulator/fleet.ts';

const startMs = Date.parse('2026-01-05T08:00:00Z');

const stored = { status: 'stored', httpStatus: 200, attempts: 1, durationMs: 0 } as const;

/** A board on which every AP has reported twice, as often as it was told to. */
function createFullBoard(fleet: Fleet) {
  const clock = { ms: 0 };
  const tally = createTally(() => clock.ms);
  const board = createBoard(fleet, tally, () => clock.ms);
  const reports = fleet.reports();
  for (let count = 0; count < 2 * fleet.aps.length; count += 1) {
    const report = reports.next().value;
    clock.ms = report.atMs - startMs;
    tally.add(stored);
    board.add(report, stored);
  }
  return { board, next: () => reports.next().value };
}

test('a board shows of each AP its reports, the devices it heard, how often it reports, the last answer, and its name', () => {
  const fleet = createFleet({ startMs, aps: 3, devices: 20, restartsPerDay: 0 });
  const { board, next } = createFullBoard(fleet);
  const report = next();
  board.add(report, { ...stored, status: 'refused', code: 'schema_mismatch\u001B[31m' });
  const [head, first, ...others] = board.table({ columns: 200, rows: 50 });
  assert.equal(head, 'AP                 reports  devices    every  last answer           name');
  const { mac, name } = report.ap;
  const devices = String(report.told.sightings.length);
  assert.match(
    first ?? '',
    new RegExp(`^${mac} +3 +${devices} +\\d+ s  schema_mismatch.u001b.31m +${name}$`),
  );
  assert.match(others[0] ?? '', / 2 +\d+ +120 s  stored +ward 1$/);
  assert.match(others.at(-1) ?? '', /^2026-01-05 08:\d\d:\d\d {2}6 reports: 6 stored, 0 duplicate; /);
});

test('a board shows the first 15 APs, says how many more there are, and is no wider and no higher than the terminal', () => {
  const { board } = createFullBoard(createFleet({ startMs, aps: 40, devices: 10 }));
  const lines = board.table({ columns: 60, rows: 24 });
  assert.equal(lines.length, 1 + 15 + 1 + 1);
  assert.equal(lines[16], 'and 25 more');
  assert.ok(lines.every((line) => line.length <= 60));
  const low = board.table({ columns: 60, rows: 10 });
  assert.equal(low.length, 9);
  assert.equal(low[7], 'and 34 more');
});

test('a board says that a report waits, and for what, until the next answer', () => {
  const { board, next } = createFullBoard(createFleet({ startMs, aps: 2, devices: 2 }));
  board.waits({ attempts: 1, waitMs: 2_500, code: 'store_unavailable', detail: undefined });
  assert.match(board.line(), /; waits 2\.5 s: store_unavailable$/);
  board.add(next(), stored);
  assert.doesNotMatch(board.line(), /waits/);
});

/** Keeps what is written; what a terminal would make of it is not looked at. */
function createStream(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 80, rows: 24, written, write: (text: string) => written.push(text) > 0 };
}

test('on a terminal the table is drawn over twice a second, elsewhere a line is written every 10 s; both once more at the end', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { board } = createFullBoard(createFleet({ startMs, aps: 2, devices: 2 }));
  const [terminal, file] = [createStream(true), createStream(false)];
  const closing = [openScreen(board, terminal), openScreen(board, file)];
  t.mock.timers.tick(10_000);
  for (const close of closing) close();
  t.mock.timers.tick(10_000);
  const table = `${board.table({ columns: 80, rows: 24 }).join('\n')}\n`;
  assert.deepEqual(terminal.written, [table, ...Array<string>(20).fill(`\u001B[4A\u001B[J${table}`)]);
  assert.deepEqual(file.written, Array<string>(2).fill(`${board.line()}\n`));
});
