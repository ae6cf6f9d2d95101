import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { constants, zstdCompressSync } from 'node:zlib';
import type { Departure, Receipt, Report, Reporter, Sighting } from '../../report.ts';
import { createDeviceWords, type DeviceWord } from './device-words.ts';
import { macToNumber } from '../mac-number.ts';

/** Level 1 takes a report to about a tenth, in less time than writing the rest would. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Puts the reports of a batch into the tables, inside a transaction that the caller opened and will commit. */
export interface Appender {
  /** Begins a batch. What another one did not finish is forgotten. */
  begin(): void;
  /** Puts one report in; an error undoes no more than the caller does. */
  apply(report: Report): Receipt;
  /** Puts in what the reports of the batch have in common. */
  finish(): void;
}

/** Who told a row, in which report. */
interface Told {
  readonly apId: number;
  readonly reportNo: number | bigint;
}

/** What a batch adds. */
interface Sum {
  reports: number;
  sightings: number;
  departures: number;
}

/** Prepares the statements once. Reports must be appended one at a time. */
export function createAppender(database: DatabaseSync): Appender {
  const statements = prepareAll(database);
  const devices = createDeviceWords(database);
  let sum: Sum = { reports: 0, sightings: 0, departures: 0 };
  return {
    begin() {
      devices.forget();
      sum = { reports: 0, sightings: 0, departures: 0 };
    },
    apply(report) {
      const id = Buffer.from(report.id, 'hex');
      if (statements.findReport.get(id) !== undefined)
        return { status: 'duplicate', id: report.id, newSightings: 0 };
      const apId = appendAp(statements, report.reporter, report.delivery.receivedAtMs);
      const told: Told = { apId, reportNo: appendBytes(statements, report, id, apId) };
      const sightings = report.sightings.flatMap((sighting) => appendSighting(statements, sighting, told));
      const departures = report.departures.flatMap((departure) =>
        appendDeparture(statements, departure, told),
      );
      for (const [name, count] of Object.entries(report.deviceCounts))
        statements.setDeviceCount.run(apId, name, count, report.delivery.receivedAtMs);
      for (const word of departures) devices.check(word);
      // From here on nothing of it can be refused.
      devices.hear(sightings);
      devices.hear(departures);
      sum.reports += 1;
      sum.sightings += sightings.length;
      sum.departures += departures.length;
      return { status: 'stored', id: report.id, newSightings: sightings.length };
    },
    finish() {
      const newDevices = devices.write();
      statements.addToTotal.run(sum.reports, sum.sightings, sum.departures, newDevices);
    },
  };
}

/** What an AP says of itself. */
const apWords = ['name', 'ipv4', 'ipv6', 'hw_type', 'sw_version', 'sw_build', 'last_report_time'] as const;

type Statements = ReturnType<typeof prepareAll>;

function prepareAll(database: DatabaseSync) {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  return {
    findReport: prepare('SELECT 1 FROM report WHERE id = ?'),
    addReport: prepare(
      `INSERT INTO report (id, ap_id, profile, source, remote, received_at, observations, body_bytes, body,
         ap_time)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    // What an AP leaves out of one report it may have said in another; the newest word counts, also when an older report comes
    // late, out of the quarantine or after a retry.
    setAp: prepare(
      `INSERT INTO ap
         (mac, name, ipv4, ipv6, hw_type, sw_version, sw_build, last_report_time, first_report_at, last_report_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
       ON CONFLICT (mac) DO UPDATE SET
         ${apWords.map(newestWord).join(', ')},
         first_report_at = min(excluded.first_report_at, first_report_at),
         last_report_at = max(excluded.last_report_at, last_report_at)
       RETURNING ap_id`,
    ),
    addSighting: prepare(
      `INSERT INTO sighting
         (device, last_seen, ap_id, rssi, rssi_kind, frames, report_no, inside_cell, cell_distance, battery, sensors)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    addDeparture: prepare(
      `INSERT INTO departure (device, last_seen, ap_id, event, report_no) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    ),
    addToTotal: prepare(
      'UPDATE total SET reports = reports + ?, sightings = sightings + ?, departures = departures + ?, devices = devices + ?',
    ),
    setDeviceCount: prepare(
      `INSERT INTO device_count (ap_id, class, devices, counted_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (ap_id, class) DO UPDATE SET devices = excluded.devices, counted_at = excluded.counted_at
       WHERE excluded.counted_at >= counted_at`,
    ),
  };
}

function newestWord(column: string): string {
  return `${column} = iif(excluded.last_report_at >= last_report_at,
    coalesce(excluded.${column}, ${column}), coalesce(${column}, excluded.${column}))`;
}

function appendAp({ setAp }: Statements, reporter: Reporter, receivedAtMs: number): number {
  const row = setAp.get(
    reporter.mac,
    reporter.name ?? null,
    reporter.ipv4 ?? null,
    reporter.ipv6 ?? null,
    reporter.hwType ?? null,
    reporter.swVersion ?? null,
    reporter.swBuild ?? null,
    reporter.time ?? null,
    receivedAtMs,
  );
  return Number(row?.['ap_id']);
}

/** @returns the report's number. */
function appendBytes({ addReport }: Statements, report: Report, id: Buffer, apId: number): number | bigint {
  const { body, profile, source, remote, receivedAtMs } = report.delivery;
  const { lastInsertRowid } = addReport.run(
    id,
    apId,
    profile,
    source,
    remote,
    receivedAtMs,
    report.observations,
    body.length,
    zstdCompressSync(body, compression),
    report.reporter.time ?? null,
  );
  return lastInsertRowid;
}

/** @returns what the sighting says of its device when it is new, nothing when it was known. */
function appendSighting(statements: Statements, sighting: Sighting, { apId, reportNo }: Told): DeviceWord[] {
  const { device, lastSeen } = sighting;
  const mac = macToNumber(device.mac);
  const { changes } = statements.addSighting.run(
    mac,
    lastSeen,
    apId,
    sighting.rssi ?? null,
    sighting.rssiKind ?? null,
    sighting.frames ?? null,
    reportNo,
    sighting.insideCell === undefined ? null : Number(sighting.insideCell),
    sighting.cellDistance ?? null,
    device.battery ?? null,
    sighting.sensors ?? null,
  );
  return changes === 0 ? [] : [{ mac, device, lastSeen }];
}

/** @returns what the departure says of its device when it is new, nothing when it was known. */
function appendDeparture(
  statements: Statements,
  { device, event, lastSeen }: Departure,
  { apId, reportNo }: Told,
): DeviceWord[] {
  const mac = macToNumber(device.mac);
  const { changes } = statements.addDeparture.run(mac, lastSeen, apId, event, reportNo);
  return changes === 0 ? [] : [{ mac, device, lastSeen }];
}
