import { numberToMac } from './mac-number.ts';
import type { Departure, Device, RssiKind, Sighting } from '../report.ts';
import { departureEvents, flag, format, rssiKinds, type PackedRows } from './format.ts';

/** What a device is, which many share. Absent where the AP did not say. */
export interface DeviceKind {
  /** A JSON array of texts. */
  readonly classes: string | undefined;
  readonly vendor: string | undefined;
  readonly model: string | undefined;
  readonly name: string | undefined;
}

/** These are no packed rows, or damaged ones. */
export class DamagedRows extends Error {
  override name = 'DamagedRows';

  constructor() {
    super('these are no packed rows of this version, or damaged ones');
  }
}

/** A row while it is read: every step fills the same one. */
export interface RowInHand {
  /** The device's MAC as a number. */
  mac: number;
  /** Unix seconds. */
  lastSeen: number;
  kind: DeviceKind;
  battery: number | undefined;
  /** Of a departure; undefined on a sighting. */
  event: Departure['event'] | undefined;
  rssi: number | undefined;
  rssiKind: RssiKind | undefined;
  frames: number | undefined;
  insideCell: boolean | undefined;
  cellDistance: number | undefined;
  sensors: string | undefined;
}

/**
 * Calls `take` for each row, the sightings first, with the same object each time: what is to be kept of it is to be copied.
 *
 * @throws {DamagedRows} rows before the fault have been taken by then.
 */
export function readRows(packed: PackedRows, take: (row: RowInHand) => void): void {
  const reader = createByteReader(packed);
  if (reader.byte() !== format) throw new DamagedRows();
  const texts = listOf(reader.natural(), () => reader.text());
  const kinds = listOf(reader.natural(), () => readKind(reader, texts));
  const sightings = reader.natural();
  const departures = reader.natural();
  const row = emptyRow();
  for (let index = 0; index < sightings; index += 1) {
    readSighting(reader, row, { texts, kinds });
    take(row);
  }
  clearSighting(row);
  for (let index = 0; index < departures; index += 1) {
    readDevice(reader, row, { flags: reader.byte(), kinds });
    row.event = departureEvents[reader.byte()] ?? fail();
    take(row);
  }
  if (!reader.isAtEnd()) throw new DamagedRows();
}

/** The rows as objects. @throws {DamagedRows} */
export function unpackRows(packed: PackedRows): { sightings: Sighting[]; departures: Departure[] } {
  const sightings: Sighting[] = [];
  const departures: Departure[] = [];
  readRows(packed, (row) => {
    const { lastSeen, event, rssi, rssiKind, frames, insideCell, cellDistance, sensors } = row;
    const device = deviceOf(row);
    if (event !== undefined) departures.push({ device, event, lastSeen });
    else
      sightings.push({
        device,
        lastSeen,
        ...(rssi !== undefined && { rssi }),
        ...(rssiKind !== undefined && { rssiKind }),
        ...(frames !== undefined && { frames }),
        ...(insideCell !== undefined && { insideCell }),
        ...(cellDistance !== undefined && { cellDistance }),
        ...(sensors !== undefined && { sensors }),
      });
  });
  return { sightings, departures };
}

function deviceOf({ mac, kind: { classes, vendor, model, name }, battery }: RowInHand): Device {
  return {
    mac: numberToMac(mac),
    ...(classes !== undefined && { classes: JSON.parse(classes) as string[] }),
    ...(vendor !== undefined && { vendor }),
    ...(model !== undefined && { model }),
    ...(name !== undefined && { name }),
    ...(battery !== undefined && { battery }),
  };
}

type ByteReader = ReturnType<typeof createByteReader>;

function readKind(reader: ByteReader, texts: readonly string[]): DeviceKind {
  const [classes, vendor, model, name] = listOf(4, () => entryOf(texts, reader.natural()));
  return { classes, vendor, model, name };
}

function readSighting(
  reader: ByteReader,
  row: RowInHand,
  { texts, kinds }: { texts: readonly string[]; kinds: readonly DeviceKind[] },
): void {
  const flags = reader.byte();
  readDevice(reader, row, { flags, kinds });
  row.rssi = flags & flag.rssi ? reader.integer() : undefined;
  row.rssiKind = flags & flag.rssiKind ? (rssiKinds[reader.byte()] ?? fail()) : undefined;
  row.frames = flags & flag.frames ? reader.natural() : undefined;
  row.insideCell = flags & flag.cellKnown ? (flags & flag.insideCell) !== 0 : undefined;
  row.cellDistance = flags & flag.cellDistance ? reader.double() : undefined;
  row.sensors = flags & flag.sensors ? entryOf(texts, reader.natural()) : undefined;
}

function readDevice(
  reader: ByteReader,
  row: RowInHand,
  { flags, kinds }: { flags: number; kinds: readonly DeviceKind[] },
): void {
  row.mac = reader.mac();
  row.lastSeen += reader.integer();
  row.kind = kinds[reader.natural() - 1] ?? fail();
  row.battery = flags & flag.battery ? reader.natural() : undefined;
}

function emptyRow(): RowInHand {
  return {
    mac: 0,
    lastSeen: 0,
    kind: { classes: undefined, vendor: undefined, model: undefined, name: undefined },
    battery: undefined,
    event: undefined,
    rssi: undefined,
    rssiKind: undefined,
    frames: undefined,
    insideCell: undefined,
    cellDistance: undefined,
    sensors: undefined,
  };
}

function clearSighting(row: RowInHand): void {
  const { mac, lastSeen } = row;
  Object.assign(row, { ...emptyRow(), mac, lastSeen });
}

/** The entry of that number; 0 is none. */
function entryOf(texts: readonly string[], number: number): string | undefined {
  return number === 0 ? undefined : (texts[number - 1] ?? fail());
}

function listOf<Entry>(count: number, read: () => Entry): Entry[] {
  const entries: Entry[] = [];
  // Not by the count alone, which may be damaged: reading ends at the end of the bytes.
  for (let index = 0; index < count; index += 1) entries.push(read());
  return entries;
}

function createByteReader(packed: Uint8Array) {
  const { buffer, byteOffset, byteLength } = packed;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  let at = 0;
  const byte = (): number => bytes[at++] ?? fail();
  const natural = (): number => {
    const first = byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let scale = 128; ; scale *= 128) {
      const next = byte();
      value += (next & 0x7f) * scale;
      if (next < 0x80) return Number.isSafeInteger(value) ? value : fail();
    }
  };
  const assertLeft = (count: number): void => {
    if (at + count > bytes.length) throw new DamagedRows();
  };
  return {
    byte,
    natural,
    integer(): number {
      const value = natural();
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    },
    double(): number {
      assertLeft(8);
      at += 8;
      return bytes.readDoubleBE(at - 8);
    },
    mac(): number {
      assertLeft(6);
      at += 6;
      return bytes.readUIntBE(at - 6, 6);
    },
    text(): string {
      const length = natural();
      assertLeft(length);
      at += length;
      return bytes.toString('utf8', at - length, at);
    },
    isAtEnd: () => at === bytes.length,
  };
}

function fail(): never {
  throw new DamagedRows();
}
