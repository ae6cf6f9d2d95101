/**
 * Removes what is too old, step by step. Runs in the thread that appends, inside a transaction.
 *
 * A report goes last, after all that it told, so that a crash between two steps leaves nothing behind that no step would find.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Pruned } from '../store.ts';

/** Sightings lie far apart, so each may cost a page: with these a step takes about as long as a batch of reports. */
const maxRowsOfStep = 400;

/** Pages that are given back to the file system in one step. */
const maxPagesOfStep = 200;

/** This share of the file stays free for what comes next, so that a file in balance does not shrink and grow all day. */
const freeShare = 0.05;

/** What a step has done so far. */
interface Step {
  reports: number;
  sightings: number;
  departures: number;
  devices: number;
  rows: number;
}

type Row = Record<string, unknown>;

/** Prepares the statements once. */
export function createPruner(database: DatabaseSync): (storedBeforeMs: number) => Pruned {
  const statements = prepareAll(database);
  return (storedBeforeMs) => {
    const step: Step = { reports: 0, sightings: 0, departures: 0, devices: 0, rows: 0 };
    const last = Number(statements.lastStoredBefore.get(storedBeforeMs)?.['report_no'] ?? 0);
    const isDone = removeUpTo(last, statements, step);
    if (step.rows > 0) {
      if (isDone) statements.removeKeptTimes.run(last);
      statements.subtract.run(step.reports, step.sightings, step.departures, step.devices);
    }
    const freed = giveBack(database);
    return { reports: step.reports, sightings: step.sightings, more: !isDone || freed > 0 };
  };
}

/** @returns whether no report of such a number is left. */
function removeUpTo(last: number, statements: Statements, step: Step): boolean {
  while (step.rows < maxRowsOfStep) {
    const oldest = statements.oldestReport.get(last);
    if (oldest === undefined) return true;
    removeOf(statements, oldest, step);
  }
  return false;
}

type Statements = ReturnType<typeof prepareAll>;

function prepareAll(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    lastStoredBefore: prepare('SELECT max(report_no) AS report_no FROM kept_time WHERE kept_at < ?'),
    removeKeptTimes: prepare('DELETE FROM kept_time WHERE report_no <= ?'),
    oldestReport: prepare(
      'SELECT report_no, ap_id FROM report WHERE report_no <= ? ORDER BY report_no LIMIT 1',
    ),
    sightings: prepare('SELECT device, last_seen, ap_id FROM sighting WHERE report_no = ? LIMIT ?'),
    removeSighting: prepare('DELETE FROM sighting WHERE device = ? AND last_seen = ? AND ap_id = ?'),
    departures: prepare('SELECT device, last_seen, ap_id, event FROM departure WHERE report_no = ? LIMIT ?'),
    removeDeparture: prepare(
      'DELETE FROM departure WHERE device = ? AND last_seen = ? AND ap_id = ? AND event = ?',
    ),
    removeDevice: prepare(
      `DELETE FROM device WHERE mac = ?1 AND NOT EXISTS (SELECT 1 FROM sighting WHERE device = ?1)
         AND NOT EXISTS (SELECT 1 FROM departure WHERE device = ?1)`,
    ),
    removeReport: prepare('DELETE FROM report WHERE report_no = ?'),
    hasReport: prepare('SELECT 1 FROM report WHERE ap_id = ? LIMIT 1'),
    removeCounts: prepare('DELETE FROM device_count WHERE ap_id = ?'),
    removeAp: prepare('DELETE FROM ap WHERE ap_id = ?'),
    subtract: prepare(
      'UPDATE total SET reports = reports - ?, sightings = sightings - ?, departures = departures - ?, devices = devices - ?',
    ),
  };
}

/** Removes the report, or as much of what it told as the step still has room for. */
function removeOf(statements: Statements, { report_no: report, ap_id: ap }: Row, step: Step): void {
  const room = (): number => maxRowsOfStep - step.rows;
  const number = Number(report);
  const sightings = statements.sightings.all(number, room());
  for (const { device, last_seen: seen, ap_id: by } of sightings)
    statements.removeSighting.run(Number(device), Number(seen), Number(by));
  step.sightings += sightings.length;
  step.rows += sightings.length;
  const departures = room() > 0 ? statements.departures.all(number, room()) : [];
  for (const { device, last_seen: seen, ap_id: by, event } of departures)
    statements.removeDeparture.run(Number(device), Number(seen), Number(by), String(event));
  step.departures += departures.length;
  step.rows += departures.length;
  for (const device of new Set([...sightings, ...departures].map((row) => Number(row['device']))))
    step.devices += Number(statements.removeDevice.run(device).changes);
  if (room() <= 0) return;
  statements.removeReport.run(number);
  step.reports += 1;
  step.rows += 1;
  if (statements.hasReport.get(Number(ap)) !== undefined) return;
  statements.removeCounts.run(Number(ap));
  statements.removeAp.run(Number(ap));
}

/** @returns how many pages the file became shorter by. */
function giveBack(database: DatabaseSync): number {
  const free = numberOf(database, 'freelist_count');
  const excess = free - Math.ceil(numberOf(database, 'page_count') * freeShare);
  if (excess <= 0) return 0;
  database.exec(`PRAGMA incremental_vacuum(${Math.min(excess, maxPagesOfStep)})`);
  return free - numberOf(database, 'freelist_count');
}

function numberOf(database: DatabaseSync, pragma: string): number {
  return Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}
