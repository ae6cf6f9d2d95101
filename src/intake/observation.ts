import { normaliseMac } from '../mac.ts';
import type { Departure, Device, RssiKind, Sighting } from '../report.ts';
import { countOf, dbmOf, itemsOf, membersOf, metresOf, textOf, unixSecondsOf } from './field.ts';
import { sensorsOf } from './sensors.ts';

type Row = Readonly<Record<string, unknown>>;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Reading {
  readonly dbm: number;
  readonly kind: RssiKind;
}

/** A profile's `rssiReporting` chooses one of these, or `history`; should there be more, the first counts. */
const singleReadings = ['last', 'avg', 'max', 'smooth'] as const;

/** What the row tells of its device; undefined when it has no MAC, which a profile's `dataFilter` can take away. */
export function deviceOf(row: Row): Device | undefined {
  const mac = typeof row.mac === 'string' ? normaliseMac(row.mac) : undefined;
  if (mac === undefined) return undefined;
  const device: Writable<Device> = { mac };
  const classes = classesOf(row.deviceClass);
  if (classes !== undefined) device.classes = classes;
  const vendor = textOf(row.vendorName);
  if (vendor !== undefined) device.vendor = vendor;
  const model = textOf(row.model);
  if (model !== undefined) device.model = model;
  const name = textOf(row.localName);
  if (name !== undefined) device.name = name;
  const battery = batteryOf(membersOf(row.sensors).battery);
  if (battery !== undefined) device.battery = battery;
  return device;
}

/** The event of a row that says its device left; undefined for every other row. */
export function departureEventOf(row: Row): Departure['event'] | undefined {
  const { event } = membersOf(row.BeaconEvent ?? row.bevent);
  return event === 'ageout' || event === 'exit' ? event : undefined;
}

/**
 * Whether the AP heard the device in its report interval: it counted frames, or it counted nothing and gave an rssi.
 * An AP reports its whole table, also the devices that it did not hear: those rows have a `frame_cnt` of 0 and no rssi.
 */
export function wasHeard(row: Row): boolean {
  const frames = countOf(membersOf(row.stats).frame_cnt);
  return frames === undefined ? row.rssi !== undefined && row.rssi !== null : frames > 0;
}

/** The sighting in a row that was heard. `lastSeen`: Unix seconds. */
export function sightingOf(row: Row, device: Device, lastSeen: number): Sighting {
  const sighting: Writable<Sighting> = { device, lastSeen };
  const reading = readingOf(membersOf(row.rssi));
  if (reading !== undefined) {
    sighting.rssi = reading.dbm;
    sighting.rssiKind = reading.kind;
  }
  const frames = countOf(membersOf(row.stats).frame_cnt);
  if (frames !== undefined) sighting.frames = frames;
  const cell = membersOf(row.cell);
  if (typeof cell.isInside === 'boolean') sighting.insideCell = cell.isInside;
  const distance = metresOf(cell.distance);
  if (distance !== undefined) sighting.cellDistance = distance;
  const sensors = sensorsOf(row.sensors);
  if (sensors !== undefined) sighting.sensors = sensors;
  return sighting;
}

function classesOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const classes: string[] = [];
  for (const item of itemsOf(value)) {
    const name = textOf(item);
    if (name !== undefined) classes.push(name);
  }
  return classes;
}

/** Whole percent. Real APs say -1 and -101 for mains-powered or unknown. */
function batteryOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= 100 ? Math.round(value) + 0 : undefined;
}

function readingOf(rssi: Row): Reading | undefined {
  for (const kind of singleReadings) {
    const dbm = dbmOf(rssi[kind]);
    if (dbm !== undefined) return { dbm, kind };
  }
  return newestOf(itemsOf(rssi.history));
}

/** The newest reading of a `bulk` profile; among readings of one second, the later one in the list. */
function newestOf(history: readonly unknown[]): Reading | undefined {
  let newest: number | undefined;
  let newestTime = 0;
  for (const item of history) {
    const { time, rssi } = membersOf(item);
    const dbm = dbmOf(rssi);
    const seconds = unixSecondsOf(time) ?? 0;
    if (dbm === undefined || seconds < newestTime) continue;
    newest = dbm;
    newestTime = seconds;
  }
  return newest === undefined ? undefined : { dbm: newest, kind: 'history' };
}
