/** Stores of a size, made without a receiver: what counts is what is in them, not how it came there. */
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { reportId } from '../src/report-id.ts';
import type { Report, Sighting } from '../src/report.ts';
import { createAppender } from '../src/store/sqlite/appender.ts';
import { checkpoint, openDatabase } from '../src/store/sqlite/database.ts';
import { numberToMac } from '../src/store/mac-number.ts';

export interface Filling {
  readonly sightings: number;
  readonly devices: number;
  readonly aps: number;
  /** When the first and the last report were received, Unix milliseconds. */
  readonly fromMs: number;
  readonly untilMs: number;
}

const rowsOfReport = 20;
const reportsOfCommit = 500;
const classes = [['iBeacon'], ['iBeacon', 'arubaBeacon'], ['arubaTag'], ['eddystone'], ['enoceanSensor']];

export const apMac = (number: number): string => numberToMac(0x02_00_00_00_00_00 + number);
export const deviceMac = (number: number): string => numberToMac(0x06_00_00_00_00_00 + number);

/** Makes the file, or adds to it. Nothing is synced in between: a crash of the bench may leave garbage. */
export function fillStore(file: string, filling: Filling): { bytes: number; reports: number } {
  const database = openDatabase(file);
  try {
    database.exec('PRAGMA synchronous = OFF');
    const reports = Math.ceil(filling.sightings / rowsOfReport);
    appendAll(database, reports, filling);
    checkpoint(database);
    return { bytes: statSync(file).size, reports };
  } finally {
    database.close();
  }
}

function appendAll(database: DatabaseSync, reports: number, filling: Filling): void {
  const appender = createAppender(database);
  for (let number = 0; number < reports;) {
    database.exec('BEGIN');
    appender.begin();
    for (const end = Math.min(number + reportsOfCommit, reports); number < end; number += 1)
      appender.apply(madeReport(number, reports, filling));
    appender.finish();
    database.exec('COMMIT');
    checkpoint(database);
  }
}

/** The APs report in turn, each a share of the devices that moves on slowly. */
function madeReport(number: number, reports: number, { devices, aps, fromMs, untilMs }: Filling): Report {
  const receivedAtMs = Math.round(fromMs + ((untilMs - fromMs) * number) / reports);
  const ap = number % aps;
  const round = Math.floor(number / aps);
  const sightings = Array.from({ length: rowsOfReport }, (_, index) =>
    madeSighting((ap * rowsOfReport + round * 7 + index) % devices, Math.floor(receivedAtMs / 1000), index),
  );
  return reportOf(apMac(ap), receivedAtMs, sightings);
}

function madeSighting(device: number, lastSeen: number, index: number): Sighting {
  return {
    device: {
      mac: deviceMac(device),
      classes: classes[device % classes.length] ?? [],
      vendor: 'Aruba',
      name: `tag-${device}`,
      battery: 20 + (device % 80),
    },
    lastSeen: lastSeen - index,
    rssi: -40 - ((device + index) % 50),
    rssiKind: 'smooth',
    frames: 1 + (index % 9),
  };
}

/** A report whose body spells its rows, as an AP would. */
export function reportOf(ap: string, receivedAtMs: number, sightings: readonly Sighting[]): Report {
  const time = Math.floor(receivedAtMs / 1000);
  const body = Buffer.from(
    JSON.stringify({
      meta: { version: 1 },
      reporter: { name: ap, mac: ap.toUpperCase(), hwType: 'AP-515', swVersion: '8.10.0.6', time },
      reported: sightings.map(({ device, lastSeen, rssi, frames }) => ({
        deviceClass: device.classes,
        mac: device.mac.toUpperCase(),
        vendorName: device.vendor,
        localName: device.name,
        stats: { frame_cnt: frames },
        rssi: { smooth: rssi },
        sensors: { battery: device.battery },
        lastSeen,
      })),
    }),
  );
  return {
    id: reportId('bench', body),
    delivery: {
      body,
      profile: 'bench',
      source: 'telemetry-https',
      remote: '127.0.0.1',
      receivedAtMs,
      receivedAtMonotonicMs: 0,
    },
    reporter: { mac: ap, name: ap, hwType: 'AP-515', swVersion: '8.10.0.6', time },
    observations: sightings.length,
    sightings,
    departures: [],
    deviceCounts: {},
  };
}
