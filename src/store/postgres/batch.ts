/** The reports of a batch, taken apart into the rows that they add. The one place of the adapter that looks inside a report. */
import { createHash } from 'node:crypto';
import { compressBody } from '../../compressed-body.ts';
import type { Departure, Device, Mac, Report, Sighting } from '../../report.ts';
import { unpackRows } from '../../rows/read.ts';
import { RefusedValue } from './failures.ts';
import { listOf } from './literals.ts';
import { createNewestWords, type Heard, type NewestWords } from './newest-words.ts';

/** A report that is new to the database, with its number. */
export interface Numbered {
  readonly reportNo: number;
  readonly report: Report;
}

/** What an AP says of itself, and of a device. */
export const apFields = [
  'name',
  'ipv4',
  'ipv6',
  'hw_type',
  'sw_version',
  'sw_build',
  'last_report_time',
] as const;
export const deviceFields = ['classes', 'vendor', 'model', 'name', 'battery'] as const;

export type HeardAp = Heard<(typeof apFields)[number]>;
export type HeardDevice = Heard<(typeof deviceFields)[number]>;

export interface ReportRow extends Numbered {
  /** Where its compressed body begins among all of them, from 1 on, and how long it is. */
  readonly bodyStart: number;
  readonly bodyLength: number;
}

interface Told {
  readonly reportNo: number;
  readonly ap: Mac;
}

export interface SightingRow extends Told {
  readonly sighting: Sighting;
}

export interface DepartureRow extends Told {
  readonly departure: Departure;
}

export interface DeviceCountRow {
  readonly ap: Mac;
  readonly class: string;
  /** 32 hex digits; stands for the class, which may be of any length. */
  readonly classHash: string;
  readonly devices: number;
  readonly countedAtMs: number;
}

export interface Batch {
  readonly reports: readonly ReportRow[];
  /** The compressed bodies, one after the other. */
  readonly bodies: Buffer;
  readonly sightings: readonly SightingRow[];
  readonly departures: readonly DepartureRow[];
  /** One row for each, whatever many reports say of it. */
  readonly aps: readonly HeardAp[];
  readonly devices: readonly HeardDevice[];
  readonly deviceCounts: readonly DeviceCountRow[];
  /** The earliest `lastSeen` of all sightings and departures, Unix seconds; infinite when there are none. */
  readonly earliestSeen: number;
}

/** @throws {RefusedValue} when a value is none that any column takes. */
export function toBatch(numbered: readonly Numbered[]): Batch {
  const { reports, bodies } = compressBodies(numbered);
  const aps = createNewestWords(apFields);
  const devices = createNewestWords(deviceFields);
  const sightings: SightingRow[] = [];
  const departures: DepartureRow[] = [];
  let earliestSeen = Infinity;
  for (const { reportNo, report } of numbered) {
    const told: Told = { reportNo, ap: report.reporter.mac };
    hearAp(aps, report, reportNo);
    const tell = (device: Device, lastSeen: number): void => {
      hearDevice(devices, { device, lastSeen, reportNo });
      earliestSeen = Math.min(earliestSeen, lastSeen);
    };
    const rows = unpackRows(report.rows);
    for (const sighting of rows.sightings) {
      sightings.push({ ...told, sighting });
      tell(sighting.device, sighting.lastSeen);
    }
    for (const departure of rows.departures) {
      departures.push({ ...told, departure });
      tell(departure.device, departure.lastSeen);
    }
  }
  return {
    reports,
    bodies,
    sightings,
    departures,
    aps: aps.all(),
    devices: devices.all(),
    deviceCounts: latestCounts(numbered),
    earliestSeen,
  };
}

function hearAp(
  aps: NewestWords<(typeof apFields)[number]>,
  { reporter, delivery }: Report,
  reportNo: number,
) {
  aps.hear({
    mac: reporter.mac,
    at: delivery.receivedAtMs,
    reportNo,
    said: {
      name: reporter.name,
      ipv4: reporter.ipv4,
      ipv6: reporter.ipv6,
      hw_type: reporter.hwType,
      sw_version: reporter.swVersion,
      sw_build: reporter.swBuild,
      last_report_time: reporter.time,
    },
  });
}

function hearDevice(
  devices: NewestWords<(typeof deviceFields)[number]>,
  { device, lastSeen, reportNo }: { device: Device; lastSeen: number; reportNo: number },
): void {
  devices.hear({
    mac: device.mac,
    at: lastSeen,
    reportNo,
    said: {
      classes: device.classes && listOf(device.classes),
      vendor: device.vendor,
      model: device.model,
      name: device.name,
      battery: device.battery,
    },
  });
}

/** Of each class of an AP the latest count, and of two at the same moment the later one. */
function latestCounts(numbered: readonly Numbered[]): DeviceCountRow[] {
  const latest = new Map<string, DeviceCountRow>();
  for (const { report } of numbered) {
    const ap = report.reporter.mac;
    const countedAtMs = report.delivery.receivedAtMs;
    for (const [name, devices] of Object.entries(report.deviceCounts)) {
      const classHash = createHash('sha256').update(name).digest('hex').slice(0, 32);
      const before = latest.get(ap + classHash);
      if (before === undefined || countedAtMs >= before.countedAtMs)
        latest.set(ap + classHash, { ap, class: name, classHash, devices, countedAtMs });
    }
  }
  return [...latest.values()];
}

/** Most were compressed where they were read. */
function compressBodies(numbered: readonly Numbered[]): { reports: ReportRow[]; bodies: Buffer } {
  const parts: Uint8Array[] = [];
  const reports: ReportRow[] = [];
  let bodyStart = 1;
  for (const each of numbered) {
    const { compressedBody, delivery } = each.report;
    const part = compressedBody ?? compressBody(delivery.body);
    parts.push(part);
    reports.push({ ...each, bodyStart, bodyLength: part.length });
    bodyStart += part.length;
  }
  return { reports, bodies: Buffer.concat(parts) };
}

/**
 * The id as PostgreSQL reads it; it may stand in a statement as it is.
 *
 * @throws {RefusedValue} when it is none.
 */
export function idOf({ id }: Report): string {
  if (!/^[0-9a-f]{32}$/.test(id)) throw new RefusedValue(`${JSON.stringify(id)} is no id of a report`);
  return id;
}
