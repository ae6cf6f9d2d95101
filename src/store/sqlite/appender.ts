import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { constants, zstdCompressSync } from 'node:zlib';
import type { Departure, Device, Receipt, Report, Reporter, Sighting } from '../../report.ts';
import { macToNumber } from './mac-number.ts';

/** Level 1 takes a report to about a tenth, in less time than writing the rest would. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

type Value = string | number | null;

/** Puts one report into the tables, inside a transaction that the caller opened and will commit. */
export type Appender = (report: Report) => Receipt;

/** Who told a row, in which report. */
interface Told {
  readonly apId: number;
  readonly reportNo: number | bigint;
}

/** Prepares the statements once. Reports must be appended one at a time. */
export function createAppender(database: DatabaseSync): Appender {
  const statements = prepareAll(database);
  return (report) => {
    const id = Buffer.from(report.id, 'hex');
    if (statements.findReport.get(id) !== undefined)
      return { status: 'duplicate', id: report.id, newSightings: 0 };
    const apId = appendAp(statements, report.reporter, report.delivery.receivedAtMs);
    const told: Told = { apId, reportNo: appendBytes(statements, report, id, apId) };
    let newSightings = 0;
    let newDepartures = 0;
    for (const sighting of report.sightings) newSightings += appendSighting(statements, sighting, told);
    for (const departure of report.departures) newDepartures += appendDeparture(statements, departure, told);
    statements.addToTotal.run(newSightings, newDepartures);
    for (const [name, devices] of Object.entries(report.deviceCounts))
      statements.setDeviceCount.run(apId, name, devices, report.delivery.receivedAtMs);
    return { status: 'stored', id: report.id, newSightings };
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
      `INSERT INTO report (id, ap_id, profile, source, remote, received_at, observations, body_bytes, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
    // The newest word on a device counts, in whatever order the APs deliver.
    setDevice: prepare(
      `INSERT INTO device (mac, classes, vendor, model, name, battery, first_seen, last_seen)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
       ON CONFLICT (mac) DO UPDATE SET
         classes = coalesce(excluded.classes, classes), vendor = coalesce(excluded.vendor, vendor),
         model = coalesce(excluded.model, model), name = coalesce(excluded.name, name),
         battery = coalesce(excluded.battery, battery), last_seen = excluded.last_seen
       WHERE excluded.last_seen >= last_seen`,
    ),
    completeDevice: prepare(
      `UPDATE device SET
         classes = coalesce(classes, ?2), vendor = coalesce(vendor, ?3), model = coalesce(model, ?4),
         name = coalesce(name, ?5), battery = coalesce(battery, ?6), first_seen = min(first_seen, ?7)
       WHERE mac = ?1`,
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
      'UPDATE total SET reports = reports + 1, sightings = sightings + ?, departures = departures + ?',
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
  );
  return lastInsertRowid;
}

/** @returns 1 when the sighting is new, 0 when it was known. */
function appendSighting(statements: Statements, sighting: Sighting, { apId, reportNo }: Told): number {
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
  if (changes === 0) return 0;
  appendDevice(statements, mac, device, lastSeen);
  return 1;
}

/** @returns 1 when the departure is new, 0 when it was known. */
function appendDeparture(
  statements: Statements,
  { device, event, lastSeen }: Departure,
  { apId, reportNo }: Told,
): number {
  const mac = macToNumber(device.mac);
  const { changes } = statements.addDeparture.run(mac, lastSeen, apId, event, reportNo);
  if (changes === 0) return 0;
  appendDevice(statements, mac, device, lastSeen);
  return 1;
}

function appendDevice(statements: Statements, mac: number, device: Device, lastSeen: number): void {
  const values: Value[] = [
    mac,
    device.classes === undefined ? null : JSON.stringify(device.classes),
    device.vendor ?? null,
    device.model ?? null,
    device.name ?? null,
    device.battery ?? null,
    lastSeen,
  ];
  if (statements.setDevice.run(...values).changes === 0) statements.completeDevice.run(...values);
}
