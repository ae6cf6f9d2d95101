/**
 * Removes what is too old, step by step. Runs in the thread that appends, inside a transaction.
 *
 * A report goes last, after all that it told, so that a crash between two steps leaves nothing behind that no step would find.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { PackedRows } from '../../rows/format.ts';
import { DamagedRows, readRows, type RowInHand } from '../../rows/read.ts';
import type { Pruned } from '../store.ts';
import type { ReportNumber } from './report-appender.ts';

/** Sightings lie far apart, so each may cost a page: with these a step takes about as long as a batch of reports. */
const maxRowsOfStep = 400;
/** Once so many rows were looked for, the step ends before the next report. */
const maxLookupsOfStep = 4_000;

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
  /** Rows that were looked for, those that another report told first too. */
  lookups: number;
}

type Row = Record<string, unknown>;

/** Prepares the statements once. */
export function createPruner(database: DatabaseSync): (storedBeforeMs: number) => Pruned {
  const statements = prepareAll(database);
  return (storedBeforeMs) => {
    const step: Step = { reports: 0, sightings: 0, departures: 0, devices: 0, rows: 0, lookups: 0 };
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
  while (step.rows < maxRowsOfStep && step.lookups < maxLookupsOfStep) {
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
    // Of a report whose rows trail it none may go yet: they would come after.
    lastStoredBefore: prepare(
      `SELECT min(max(report_no), (SELECT rows_up_to FROM total)) AS report_no FROM kept_time WHERE kept_at < ?`,
    ),
    removeKeptTimes: prepare('DELETE FROM kept_time WHERE report_no <= ?'),
    oldestReport: prepare(
      'SELECT report_no, ap_id, rows FROM report WHERE report_no <= ? ORDER BY report_no LIMIT 1',
    ),
    // What another report told first goes with that one.
    removeSighting: prepare(
      'DELETE FROM sighting WHERE device = ? AND last_seen = ? AND ap_id = ? AND report_no = ?',
    ),
    removeDeparture: prepare(
      'DELETE FROM departure WHERE device = ? AND last_seen = ? AND ap_id = ? AND event = ? AND report_no = ?',
    ),
    removeSightingsOf: prepare('DELETE FROM sighting WHERE report_no = ? RETURNING device'),
    removeDeparturesOf: prepare('DELETE FROM departure WHERE report_no = ? RETURNING device'),
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
function removeOf(statements: Statements, { report_no: number, ap_id: ap, rows }: Row, step: Step): void {
  const [reportNo, apId] = [Number(number), Number(ap)];
  if (!removeRows(statements, { reportNo, apId }, step, rows as Uint8Array)) return;
  statements.removeReport.run(reportNo);
  step.reports += 1;
  step.rows += 1;
  if (statements.hasReport.get(apId) !== undefined) return;
  statements.removeCounts.run(apId);
  statements.removeAp.run(apId);
}

/** @returns whether all of them are gone. */
function removeRows(
  statements: Statements,
  { reportNo, apId }: ReportNumber,
  step: Step,
  packed: PackedRows,
): boolean {
  const devices = new Set<number>();
  let isDone = true;
  const remove = ({ mac, lastSeen, event }: RowInHand): void => {
    if (step.rows >= maxRowsOfStep) {
      isDone = false;
      return;
    }
    step.lookups += 1;
    const isSighting = event === undefined;
    const { changes } = isSighting
      ? statements.removeSighting.run(mac, lastSeen, apId, reportNo)
      : statements.removeDeparture.run(mac, lastSeen, apId, event, reportNo);
    if (changes === 0) return;
    devices.add(mac);
    step.rows += 1;
    step[isSighting ? 'sightings' : 'departures'] += 1;
  };
  try {
    readRows(packed, remove);
  } catch (error) {
    if (!(error instanceof DamagedRows)) throw error;
    // They are found the long way, through the whole table.
    const sightings = statements.removeSightingsOf.all(reportNo);
    const departures = statements.removeDeparturesOf.all(reportNo);
    for (const { device } of [...sightings, ...departures]) devices.add(Number(device));
    step.sightings += sightings.length;
    step.departures += departures.length;
  }
  for (const device of devices) step.devices += Number(statements.removeDevice.run(device).changes);
  return isDone && step.rows < maxRowsOfStep;
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
