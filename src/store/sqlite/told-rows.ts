/** What a report told, found by what is kept of its rows with it. */
import type { DatabaseSync } from 'node:sqlite';
import { readRows } from '../../rows/read.ts';

/** How many sightings and departures that are kept a report told first. */
export function countToldFirst(
  database: DatabaseSync,
  reportNo: number,
): { readonly sightings: number; readonly departures: number } {
  const row = database.prepare('SELECT ap_id, rows FROM report WHERE report_no = ?').get(reportNo);
  if (row === undefined) return { sightings: 0, departures: 0 };
  const key = 'device = ? AND last_seen = ? AND ap_id = ? AND report_no = ?';
  const sighting = database.prepare(`SELECT 1 FROM sighting WHERE ${key}`);
  const departure = database.prepare(`SELECT 1 FROM departure WHERE ${key} AND event = ?`);
  const apId = Number(row['ap_id']);
  // A report may tell a row twice.
  const [sightings, departures] = [new Set<string>(), new Set<string>()];
  readRows(row['rows'] as Uint8Array, ({ mac, lastSeen, event }) => {
    if (event === undefined) {
      if (sighting.get(mac, lastSeen, apId, reportNo)) sightings.add(`${mac} ${lastSeen}`);
    } else if (departure.get(mac, lastSeen, apId, reportNo, event))
      departures.add(`${mac} ${lastSeen} ${event}`);
  });
  return { sightings: sightings.size, departures: departures.size };
}

/** The devices that an AP heard, by the reports that came since then: their MACs' numbers. */
export function devicesHeardSince(database: DatabaseSync, apId: number, sinceMs: number): Set<number> {
  const reports = database.prepare('SELECT rows FROM report WHERE ap_id = ? AND received_at >= ?');
  const heard = new Set<number>();
  for (const { rows } of reports.iterate(apId, Math.ceil(sinceMs)))
    readRows(rows as Uint8Array, ({ mac, event }) => {
      if (event === undefined) heard.add(mac);
    });
  return heard;
}

/** A function that says whether a report told a row of that device first. */
export function prepareTelling(database: DatabaseSync, device: number): (reportNo: number) => boolean {
  const find = database.prepare('SELECT rows, ap_id FROM report WHERE report_no = ?');
  const told = (table: string): string =>
    `SELECT 1 FROM ${table} WHERE device = ?1 AND last_seen = ?2 AND ap_id = ?3 AND report_no = ?4`;
  const isFirst = database.prepare(`${told('sighting')} UNION ALL ${told('departure')} LIMIT 1`);
  return (reportNo) => {
    const row = find.get(reportNo);
    let tells = false;
    if (row !== undefined)
      readRows(row['rows'] as Uint8Array, ({ mac, lastSeen }) => {
        if (mac !== device || tells) return;
        tells = isFirst.get(device, lastSeen, Number(row['ap_id']), reportNo) !== undefined;
      });
    return tells;
  };
}
