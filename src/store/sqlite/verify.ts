/**
 * Whether a store is whole: the file's structure, every body against its report's id, and what refers to what.
 *
 * Safe while a receiver serves. Rows are read in short read transactions, so that the writer's log can be emptied in between.
 * The one exception is the structure, which SQLite checks a table at a time and not in parts: until that table is done the
 * log grows by what is stored meanwhile.
 */
import type { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../error-message.ts';
import { faultOfBody } from '../report-body.ts';
import type { Counts, Part, StoreFault, VerifyObserver } from '../verify.ts';
import { DamagedRows, readRows } from '../../rows/read.ts';
import { isUnreadable } from './failures.ts';
import { openForReading } from './reading.ts';
import { verifyReferences } from './references.ts';

/**
 * Reads the whole store, tells the observer of every fault, and changes nothing. Keeps the thread busy until it returns.
 * Reports that are stored after it began may be left out.
 *
 * @throws {ConfigurationError | StoreError} as `openForReading` does: then there is nothing to verify.
 */
export function verifyDatabase(file: string, observer: VerifyObserver): Counts {
  using database = openForReading(file);
  const survey = (part: Part, read: () => number): number => {
    try {
      return read();
    } catch (error) {
      // Where SQLite stops reading, the rest of this part is lost and the next part may not be.
      if (!isUnreadable(error)) throw error;
      observer.found({ part, detail: `cannot be read on: ${messageOf(error)}` });
      return 0;
    }
  };
  const references = (part: Part, table: string): number =>
    survey(part, () =>
      verifyReferences(database, table, {
        found: (detail) => observer.found({ part, detail }),
        advanced: (done) => observer.advanced(part, done),
      }),
    );
  return {
    structure: survey('structure', () => verifyStructure(database, observer)),
    reports: survey('reports', () => verifyReports(database, observer)),
    sightings: references('sightings', 'sighting'),
    departures: references('departures', 'departure'),
    'device counts': references('device counts', 'device_count'),
  };
}

/** Table by table; the free pages belong to the table of tables. [https://sqlite.org/pragma.html#pragma_integrity_check] */
function verifyStructure(database: DatabaseSync, { found, advanced }: VerifyObserver): number {
  const part = 'structure';
  const rows = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").all();
  const tables = ['sqlite_schema', ...rows.map(({ name }) => String(name))];
  for (const [index, table] of tables.entries()) {
    advanced(part, index, tables.length);
    for (const detail of integrityFaults(database, table)) found({ part, detail: `${table}: ${detail}` });
    for (const row of database.prepare(`PRAGMA foreign_key_check("${table}")`).iterate())
      found({
        part,
        detail: `${table}: row ${String(row['rowid'])} refers to a row of ${String(row['parent'])} that is not there`,
      });
  }
  return tables.length;
}

/** What SQLite finds wrong with the pages and indices of a table, or of all of them. Damage may end its search. */
export function integrityFaults(database: DatabaseSync, table?: string): string[] {
  const check = `PRAGMA integrity_check${table === undefined ? '' : `("${table}")`}`;
  try {
    const texts = database
      .prepare(check)
      .all()
      .map((row) => String(row['integrity_check']));
    const lines = texts.flatMap((text) => text.split('\n'));
    return lines.filter((line) => line !== 'ok' && !line.startsWith('*** in database'));
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return [messageOf(error)];
  }
}

/**
 * One statement for each number that a report may have: those on a damaged page are faults, and keep nobody from reading the
 * reports on the next one.
 */
function verifyReports(database: DatabaseSync, { found, advanced }: VerifyObserver): number {
  const part = 'reports';
  const range = database.prepare('SELECT min(report_no) AS first, max(report_no) AS last FROM report').get();
  const [first, last] = [Number(range?.['first'] ?? 1), Number(range?.['last'] ?? 0)];
  const find = database.prepare(
    'SELECT lower(hex(id)) AS id, profile, body_bytes, body, rows FROM report WHERE report_no = ?',
  );
  let done = 0;
  for (let number = first; number <= last; number += 1) {
    const { exists, fault } = verifyReport(() => find.get(number), number);
    if (exists) done += 1;
    if (fault !== undefined) found({ part, ...fault });
    advanced(part, number - first, last - first);
  }
  return done;
}

/** What it told, which is packed. */
function faultOfRows({ rows }: Record<string, unknown>): string | undefined {
  try {
    readRows(rows as Uint8Array, () => {});
    return undefined;
  } catch (error) {
    if (!(error instanceof DamagedRows)) throw error;
    return `what it told is damaged: ${error.message}`;
  }
}

function verifyReport(
  read: () => Record<string, unknown> | undefined,
  number: number,
): { exists: boolean; fault?: Omit<StoreFault, 'part'> | undefined } {
  try {
    const row = read();
    if (row === undefined) return { exists: false };
    const report = String(row['id']);
    const detail = faultOfBody(row, report) ?? faultOfRows(row);
    return { exists: true, fault: detail === undefined ? undefined : { report, detail } };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return { exists: true, fault: { detail: `number ${number} cannot be read: ${messageOf(error)}` } };
  }
}
