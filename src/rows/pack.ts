import type { Departure, Device, RssiKind, Sighting } from '../report.ts';
import { departureEvents, flag, format, rssiKinds, type PackedRows } from './format.ts';
import { createByteWriter, type ByteWriter } from './byte-writer.ts';
import { macToNumber } from './mac-number.ts';

/** A report's own tables, to which its rows refer: what many devices have in common is told once. */
interface Tables {
  readonly texts: Map<string, number>;
  readonly kinds: Map<string, number>;
  /** Those of the last row, which the next one most likely shares. */
  last: { readonly device: Device; readonly number: number } | undefined;
}

/**
 * Packs rows; `unpackRows` and `readRows` are the way back.
 *
 * @throws {Error} that names the value when a number is none that a store can keep.
 */
export function packRows(sightings: readonly Sighting[], departures: readonly Departure[] = []): PackedRows {
  const tables: Tables = { texts: new Map(), kinds: new Map(), last: undefined };
  const rows = createByteWriter(32 * (sightings.length + departures.length));
  let before = 0;
  for (const sighting of sightings) {
    packSighting(sighting, before, rows, tables);
    before = sighting.lastSeen;
  }
  for (const departure of departures) {
    packDeparture(departure, before, rows, tables);
    before = departure.lastSeen;
  }
  return assemble(tables, [sightings.length, departures.length], rows.written());
}

/** The head, which is known last, before the rows. */
function assemble({ texts, kinds }: Tables, counts: readonly number[], rows: Uint8Array): PackedRows {
  const head = createByteWriter(64 + rows.length);
  head.byte(format);
  head.natural(texts.size);
  for (const text of texts.keys()) head.text(text);
  head.natural(kinds.size);
  for (const kind of kinds.keys()) for (const number of kind.split(' ')) head.natural(Number(number));
  for (const count of counts) head.natural(count);
  head.bytes(rows);
  return head.written();
}

function packSighting(sighting: Sighting, before: number, rows: ByteWriter, tables: Tables): void {
  const { device, rssi, rssiKind, frames, insideCell, cellDistance, sensors } = sighting;
  rows.byte(
    (rssi === undefined ? 0 : flag.rssi) |
      (rssiKind === undefined ? 0 : flag.rssiKind) |
      (frames === undefined ? 0 : flag.frames) |
      (device.battery === undefined ? 0 : flag.battery) |
      (insideCell === undefined ? 0 : flag.cellKnown) |
      (insideCell === true ? flag.insideCell : 0) |
      (cellDistance === undefined ? 0 : flag.cellDistance) |
      (sensors === undefined ? 0 : flag.sensors),
  );
  packDevice(device, sighting.lastSeen - before, rows, tables);
  if (rssi !== undefined) rows.integer(rssi);
  if (rssiKind !== undefined) rows.byte(numberOf<RssiKind>(rssiKinds, rssiKind));
  if (frames !== undefined) rows.natural(frames);
  if (cellDistance !== undefined) rows.double(cellDistance);
  if (sensors !== undefined) rows.natural(refer(tables.texts, sensors));
}

function packDeparture(departure: Departure, before: number, rows: ByteWriter, tables: Tables): void {
  const { device, event } = departure;
  rows.byte(device.battery === undefined ? 0 : flag.battery);
  packDevice(device, departure.lastSeen - before, rows, tables);
  rows.byte(numberOf(departureEvents, event));
}

function packDevice(device: Device, secondsOn: number, rows: ByteWriter, tables: Tables): void {
  rows.mac(macToNumber(device.mac));
  rows.integer(secondsOn);
  rows.natural(kindOf(device, tables));
  if (device.battery !== undefined) rows.natural(device.battery);
}

/** The number of what a device is, which it shares with others: classes, vendor, model, name. */
function kindOf(device: Device, tables: Tables): number {
  const { last } = tables;
  if (last !== undefined && isAlike(device, last.device)) return last.number;
  const { classes, vendor, model, name } = device;
  const texts = [classes && JSON.stringify(classes), vendor, model, name];
  const numbers = texts.map((text) => (text === undefined ? 0 : refer(tables.texts, text)));
  const number = refer(tables.kinds, numbers.join(' '));
  tables.last = { device, number };
  return number;
}

function isAlike(one: Device, other: Device): boolean {
  return (
    one.vendor === other.vendor &&
    one.model === other.model &&
    one.name === other.name &&
    areAlike(one.classes, other.classes)
  );
}

function areAlike(some: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  if (some === undefined || others === undefined) return some === others;
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at += 1) if (some[at] !== others[at]) return false;
  return true;
}

/** The number of an entry, from 1 on; 0 stands for none. */
function refer(table: Map<string, number>, entry: string): number {
  const known = table.get(entry);
  if (known !== undefined) return known;
  table.set(entry, table.size + 1);
  return table.size;
}

function numberOf<Word extends string>(words: readonly Word[], word: Word): number {
  const number = words.indexOf(word);
  if (number < 0) throw new Error(`${JSON.stringify(word)} is none of ${words.join(', ')}`);
  return number;
}
