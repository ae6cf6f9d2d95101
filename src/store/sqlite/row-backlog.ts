import { departureEvents, rssiKinds, type PackedRows } from '../../rows/format.ts';
import { readRows, type DeviceKind, type RowInHand } from '../../rows/read.ts';
import type { ReportNumber } from './report-appender.ts';

/** A row of a report that is kept, on its way into its table, as the columns want it. */
export interface TrailingRow {
  lastSeen: number;
  apId: number;
  reportNo: number;
  kind: DeviceKind;
  battery: number | null;
  /** Of a departure. */
  event: string | null;
  rssi: number | null;
  rssiKind: string | null;
  frames: number | null;
  insideCell: number | null;
  cellDistance: number | null;
  sensors: string | null;
}

/**
 * Rows on their way into the tables, gathered by device, because a device's rows lie on the same pages: to put in those of one device
 * after the other changes each page once, however many reports told of it.
 */
export interface RowBacklog {
  /** @throws {Error} when they are no packed rows. */
  add(told: ReportNumber, packed: PackedRows): void;
  /** How many rows there are, and one for each report. */
  size(): number;
  /** The greatest number of a report; 0 when there is none. */
  upToReportNo(): number;
  /** The MACs of its devices, in order. */
  devices(): Float64Array;
  /** Calls `take` for the rows of a device in the order in which they were added, with the same object each time. */
  forRowsOf(mac: number, take: (row: TrailingRow) => void): void;
  /** Forgets all rows, and keeps their memory for others. */
  clear(): void;
}

/** Where a device's rows begin and end. */
interface Chain {
  readonly first: number;
  last: number;
}

/** The columns of a row that are numbers; what is absent is NaN. */
const column = {
  lastSeen: 0,
  apId: 1,
  reportNo: 2,
  battery: 3,
  event: 4,
  rssi: 5,
  rssiKind: 6,
  frames: 7,
  insideCell: 8,
  cellDistance: 9,
  /** The row of the same device that was added next; 0 for none, since the first row follows none. */
  next: 10,
} as const;
const columns = 11;

/** Memory for more rows than there are in a merge is let go of. */
const maxKeptRows = 400_000;

/** Numbers in one run: a hundred thousand objects would be moved about by the garbage collector before they are put in. */
export function createRowBacklog(): RowBacklog {
  const chains = new Map<number, Chain>();
  const kinds: DeviceKind[] = [];
  const sensors = new Map<number, string>();
  let numbers = new Float64Array(256 * columns);
  let rows = 0;
  let reports = 0;
  let upToReportNo = 0;

  const link = (mac: number): void => {
    const chain = chains.get(mac);
    if (chain === undefined) chains.set(mac, { first: rows, last: rows });
    else {
      numbers[chain.last * columns + column.next] = rows;
      chain.last = rows;
    }
  };
  return {
    add({ reportNo, apId }, packed) {
      readRows(packed, (row) => {
        if ((rows + 1) * columns > numbers.length) numbers = grown(numbers);
        link(row.mac);
        const at = rows * columns;
        writeRow(numbers, at, row);
        numbers[at + column.apId] = apId;
        numbers[at + column.reportNo] = reportNo;
        kinds.push(row.kind);
        if (row.sensors !== undefined) sensors.set(rows, row.sensors);
        rows += 1;
      });
      reports += 1;
      upToReportNo = Math.max(upToReportNo, reportNo);
    },
    size: () => rows + reports,
    upToReportNo: () => upToReportNo,
    devices: () => Float64Array.from(chains.keys()).toSorted(),
    forRowsOf(mac, take) {
      const row = emptyRow();
      let index = chains.get(mac)?.first;
      while (index !== undefined) {
        const at = index * columns;
        readRow(numbers, at, row);
        row.kind = kinds[index] ?? unknown;
        row.sensors = sensors.get(index) ?? null;
        take(row);
        index = numbers[at + column.next] || undefined;
      }
    },
    clear() {
      chains.clear();
      kinds.length = 0;
      sensors.clear();
      [rows, reports, upToReportNo] = [0, 0, 0];
      if (numbers.length > maxKeptRows * columns) numbers = new Float64Array(256 * columns);
    },
  };
}

const unknown: DeviceKind = { classes: undefined, vendor: undefined, model: undefined, name: undefined };

function emptyRow(): TrailingRow {
  return {
    lastSeen: 0,
    apId: 0,
    reportNo: 0,
    kind: unknown,
    battery: null,
    event: null,
    rssi: null,
    rssiKind: null,
    frames: null,
    insideCell: null,
    cellDistance: null,
    sensors: null,
  };
}

function grown(numbers: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}

function writeRow(numbers: Float64Array, at: number, row: RowInHand): void {
  const { event, rssiKind, insideCell } = row;
  numbers[at + column.lastSeen] = row.lastSeen;
  numbers[at + column.battery] = row.battery ?? Number.NaN;
  numbers[at + column.event] = event === undefined ? Number.NaN : departureEvents.indexOf(event);
  numbers[at + column.rssi] = row.rssi ?? Number.NaN;
  numbers[at + column.rssiKind] = rssiKind === undefined ? Number.NaN : rssiKinds.indexOf(rssiKind);
  numbers[at + column.frames] = row.frames ?? Number.NaN;
  numbers[at + column.insideCell] = insideCell === undefined ? Number.NaN : Number(insideCell);
  numbers[at + column.cellDistance] = row.cellDistance ?? Number.NaN;
  numbers[at + column.next] = 0;
}

function readRow(numbers: Float64Array, at: number, row: TrailingRow): void {
  const numberAt = (place: number): number => numbers[at + place] as number;
  row.lastSeen = numberAt(column.lastSeen);
  row.apId = numberAt(column.apId);
  row.reportNo = numberAt(column.reportNo);
  row.battery = orNull(numberAt(column.battery));
  row.event = departureEvents[numberAt(column.event)] ?? null;
  row.rssi = orNull(numberAt(column.rssi));
  row.rssiKind = rssiKinds[numberAt(column.rssiKind)] ?? null;
  row.frames = orNull(numberAt(column.frames));
  row.insideCell = orNull(numberAt(column.insideCell));
  row.cellDistance = orNull(numberAt(column.cellDistance));
}

function orNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}
