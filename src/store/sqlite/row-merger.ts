import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { createDeviceWord, hear, type DeviceWord } from './device-word.ts';
import type { RowBacklog, TrailingRow } from './row-backlog.ts';

/** What one step put in. */
export interface Merged {
  /** Rows that were taken from the backlog, known ones too. */
  readonly rows: number;
  readonly newSightings: number;
}

/** Puts a backlog into the tables, step by step, each inside a transaction of the caller. */
export interface RowMerger {
  /** What of the backlog's size is left. */
  left(): number;
  /**
   * Puts in the rows of whole devices, at least so many of them if there are. After the last one it is known that the rows of these
   * reports are in. When the caller's transaction fails, `forget` undoes the step.
   */
  step(leastRows: number): Merged;
  /** The step stays. */
  keep(): void;
  /** The step did not stay; its rows come again. */
  forget(): void;
}

type Statements = ReturnType<typeof prepareRowStatements>;

/** To be prepared once per connection. */
export function prepareRowStatements(database: DatabaseSync) {
  const prepareSighting = (more: readonly string[]): StatementSync => {
    const columns = [
      'device',
      'last_seen',
      'ap_id',
      'rssi',
      'rssi_kind',
      'frames',
      'report_no',
      'battery',
      ...more,
    ];
    return database.prepare(
      `INSERT INTO sighting (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')}) ON CONFLICT DO NOTHING`,
    );
  };
  return {
    // Most say no more than this.
    addPlainSighting: prepareSighting([]),
    addSighting: prepareSighting(['inside_cell', 'cell_distance', 'sensors']),
    addDeparture: database.prepare(
      `INSERT INTO departure (device, last_seen, ap_id, event, report_no) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    findDevice: database.prepare(
      `SELECT classes, vendor, model, name, battery, first_seen AS firstSeen, last_seen AS lastSeen FROM device WHERE mac = ?`,
    ),
    addDevice: database.prepare('INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?)'),
    replaceDevice: database.prepare(
      `UPDATE device SET classes = ?, vendor = ?, model = ?, name = ?, battery = ?, first_seen = ?, last_seen = ? WHERE mac = ?`,
    ),
    addToTotal: database.prepare(
      'UPDATE total SET sightings = sightings + ?, departures = departures + ?, devices = devices + ?',
    ),
    setRowsUpTo: database.prepare('UPDATE total SET rows_up_to = ?'),
  };
}

/** @param backlog to which nothing is added any more. */
export function createRowMerger(statements: Statements, backlog: RowBacklog): RowMerger {
  const devices = backlog.devices();
  let [kept, next] = [0, 0];
  let [left, leftAfter] = [backlog.size(), backlog.size()];
  return {
    left: () => left,
    step(leastRows) {
      const sum = { rows: 0, newSightings: 0, newDepartures: 0, newDevices: 0 };
      for (; next < devices.length && sum.rows < leastRows; next += 1)
        mergeDevice(statements, backlog, devices[next] as number, sum);
      statements.addToTotal.run(sum.newSightings, sum.newDepartures, sum.newDevices);
      const isDone = next === devices.length;
      if (isDone && backlog.size() > 0) statements.setRowsUpTo.run(backlog.upToReportNo());
      leftAfter = isDone ? 0 : left - sum.rows;
      return sum;
    },
    keep() {
      [kept, left] = [next, leftAfter];
    },
    forget() {
      next = kept;
    },
  };
}

interface Sum {
  rows: number;
  newSightings: number;
  newDepartures: number;
  newDevices: number;
}

/** Puts in what is not known of a device, and what that says of it. */
function mergeDevice(statements: Statements, backlog: RowBacklog, mac: number, sum: Sum): void {
  const known = statements.findDevice.get(mac) as unknown as DeviceWord | undefined;
  let word = known;
  let isTold = false;
  backlog.forRowsOf(mac, (row) => {
    sum.rows += 1;
    if (!(row.event === null ? addSighting(statements, mac, row) : addDeparture(statements, mac, row)))
      return;
    isTold = true;
    word ??= createDeviceWord(row.lastSeen);
    hear(word, row);
    if (row.event === null) sum.newSightings += 1;
    else sum.newDepartures += 1;
  });
  if (word === undefined || !isTold) return;
  const { classes, vendor, model, name, battery, firstSeen, lastSeen } = word;
  if (known === undefined) {
    statements.addDevice.run(mac, classes, vendor, model, name, battery, firstSeen, lastSeen);
    sum.newDevices += 1;
  } else statements.replaceDevice.run(classes, vendor, model, name, battery, firstSeen, lastSeen, mac);
}

/** @returns whether it was not known. */
function addSighting(statements: Statements, mac: number, row: TrailingRow): boolean {
  const { lastSeen, apId, reportNo, rssi, rssiKind, frames, battery } = row;
  const { insideCell, cellDistance, sensors } = row;
  const isPlain = insideCell === null && cellDistance === null && sensors === null;
  const key = [mac, lastSeen, apId, rssi, rssiKind, frames, reportNo, battery] as const;
  const { changes } = isPlain
    ? statements.addPlainSighting.run(...key)
    : statements.addSighting.run(...key, insideCell, cellDistance, sensors);
  return changes !== 0;
}

/** @returns whether it was not known. */
function addDeparture(
  statements: Statements,
  mac: number,
  { lastSeen, apId, event, reportNo }: TrailingRow,
): boolean {
  return statements.addDeparture.run(mac, lastSeen, apId, event, reportNo).changes !== 0;
}
