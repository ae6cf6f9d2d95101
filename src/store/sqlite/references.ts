import type { DatabaseSync } from 'node:sqlite';
import { numberToMac } from '../mac-number.ts';

export interface ReferenceObserver {
  found(detail: string): void;
  /** How many rows were read so far; called after each page. */
  advanced(rows: number): void;
}

type Row = Record<string, unknown>;

const pageRows = 2_000;

/**
 * Whether each row of a table refers to an AP, and to a device if it names one, that is there. SQLite is not told of these
 * references: on the way in it would look for the AP and the device of every sighting.
 *
 * @param table one with a column `ap_id`, and perhaps one `device`.
 * @returns how many rows there are. They are read in pages along the primary key.
 */
export function verifyReferences(database: DatabaseSync, table: string, observer: ReferenceObserver): number {
  const key = keyOf(database, table);
  const readPage = preparePages(database, table, key);
  let done = 0;
  for (let rows = readPage(); rows.length > 0; rows = readPage(rows.at(-1))) {
    for (const row of rows) {
      if (row['has_ap'] === 0) observer.found(`${describe(row, key)}: there is no such AP`);
      if (row['has_device'] === 0) observer.found(`${describe(row, key)}: there is no such device`);
    }
    done += rows.length;
    observer.advanced(done);
  }
  return done;
}

function keyOf(database: DatabaseSync, table: string): string[] {
  const columns = database
    .prepare('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
    .all(table);
  return columns.map(({ name }) => String(name));
}

/** A function that reads the rows after a row, or the first ones. */
function preparePages(database: DatabaseSync, table: string, key: readonly string[]): (after?: Row) => Row[] {
  const known = [
    'EXISTS (SELECT 1 FROM ap WHERE ap.ap_id = this.ap_id) AS has_ap',
    ...(key.includes('device')
      ? ['EXISTS (SELECT 1 FROM device WHERE device.mac = this.device) AS has_device']
      : []),
  ];
  const columns = key.join(', ');
  const select = `SELECT ${columns}, ${known.join(', ')} FROM "${table}" AS this`;
  const order = `ORDER BY ${columns} LIMIT ${pageRows}`;
  const first = database.prepare(`${select} ${order}`);
  const next = database.prepare(`${select} WHERE (${columns}) > (${key.map(() => '?').join(', ')}) ${order}`);
  return (after) =>
    after === undefined ? first.all() : next.all(...key.map((column) => after[column] as number | string));
}

/** `device 06:00:00:00:00:01, last_seen 1790000000, ap_id 7` */
function describe(row: Row, key: readonly string[]): string {
  const shown = (column: string): string =>
    column === 'device' ? numberToMac(Number(row[column])) : String(row[column]);
  return key.map((column) => `${column} ${shown(column)}`).join(', ');
}
