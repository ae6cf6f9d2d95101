/** Reads a SQLite store with a connection of its own, as any other program could. */
import { DatabaseSync } from 'node:sqlite';
import { zstdDecompressSync } from 'node:zlib';
import type { Contents, KeptReport, KeptRow } from '../contents.ts';
import { waitForRows } from './wait-for-rows.ts';

const mac = (column: string): string => `format('%012x', ${column})`;

/**
 * Everything in the file; a writer may have it open. Waits until the rows of every report are in, which that writer sees to.
 *
 * @throws {Error} when they are not within 10 s.
 */
export function readContents(file: string): Contents {
  using database = new DatabaseSync(file, { readOnly: true });
  waitForRows(database);
  const all = (sql: string): KeptRow[] => database.prepare(sql).all().map(tidy);
  return {
    reports: keptReports(database),
    aps: all(
      `SELECT mac, name, ipv4, ipv6, hw_type AS hwType, sw_version AS swVersion, sw_build AS swBuild,
              first_report_at AS firstReportAtMs, last_report_at AS lastReportAtMs FROM ap ORDER BY mac`,
    ),
    devices: all(
      `SELECT ${mac('mac')} AS mac, classes, vendor, model, name, battery, first_seen AS firstSeen,
              last_seen AS lastSeen FROM device ORDER BY device.mac`,
    ),
    sightings: all(
      `SELECT ${mac('device')} AS device, ap.mac AS ap, last_seen AS lastSeen, rssi, rssi_kind AS rssiKind, frames,
              inside_cell AS insideCell, cell_distance AS cellDistance, battery, sensors
       FROM sighting JOIN ap USING (ap_id) ORDER BY sighting.device, last_seen, ap.mac`,
    ),
    departures: all(
      `SELECT ${mac('device')} AS device, ap.mac AS ap, last_seen AS lastSeen, event
       FROM departure JOIN ap USING (ap_id) ORDER BY departure.device, last_seen, ap.mac, event`,
    ),
    deviceCounts: all(
      `SELECT ap.mac AS ap, class, devices, counted_at AS countedAtMs
       FROM device_count JOIN ap USING (ap_id) ORDER BY ap.mac, class`,
    ),
  };
}

function keptReports(database: DatabaseSync): KeptReport[] {
  const rows = database
    .prepare(
      `SELECT lower(hex(id)) AS id, ap.mac AS ap, profile, source, remote, received_at AS receivedAtMs, observations,
              body_bytes AS bodyBytes, body
       FROM report LEFT JOIN ap USING (ap_id) ORDER BY report_no`,
    )
    .all();
  return rows.map(({ body, bodyBytes, ...row }) => {
    const bytes = zstdDecompressSync(body as Uint8Array);
    if (bytes.length !== bodyBytes)
      throw new Error(`body_bytes says ${Number(bodyBytes)}, not ${bytes.length}`);
    return { ...row, body: bytes } as unknown as KeptReport;
  });
}

/** A plain object without nulls; a MAC kept as a number gets its colons. */
function tidy(row: Record<string, unknown>): KeptRow {
  const entries = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === 'string' && /^[0-9a-f]{12}$/.test(value) ? value.replace(/..(?!$)/g, '$&:') : value,
    ]),
  );
}
