/** Finds what says where a device is. */
import type { DatabaseSync } from 'node:sqlite';
import type { Mac } from '../../report.ts';
import type { Candidate, DepartureItem, Whereabouts } from '../items.ts';
import { macToNumber } from '../../rows/mac-number.ts';
import { toDepartureItem } from '../rows.ts';
import {
  departureSpan,
  freshSpan,
  maxLaterReports,
  maxSightings,
  sameReportMs,
  sortCandidates,
  toCandidate,
  toWhereabouts,
  type WhereOptions,
} from '../whereabouts.ts';
import { selectDeparture } from './selections.ts';

/**
 * The latest sighting of a device by each AP, and whether it is current: `?1` device, `?2` to `?3` last seen. One statement, so that
 * a report stored meanwhile is seen in all of it or not at all.
 */
const selectCandidates = `
  WITH latest AS (
    -- With max() the other columns are those of the row that has it. [https://sqlite.org/lang_select.html#bareagg]
    SELECT ap_id, max(last_seen) AS last_seen, rssi, rssi_kind, report_no FROM (
      SELECT ap_id, last_seen, rssi, rssi_kind, report_no FROM sighting
      WHERE device = ?1 AND last_seen BETWEEN ?2 AND ?3 ORDER BY last_seen DESC LIMIT ${maxSightings}
    ) GROUP BY ap_id
  )
  SELECT ap.mac AS ap, ap.name AS ap_name, latest.last_seen, rssi, rssi_kind,
    told.report_no IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM (
        SELECT report_no, profile, received_at, ap_time FROM report
        WHERE report.ap_id = latest.ap_id AND received_at >= told.received_at
        ORDER BY received_at LIMIT ${maxLaterReports}
      ) AS later WHERE later.profile = told.profile AND later.report_no > told.report_no
        -- Times that differ are two reports; NULL, unsaid in one of them.
        AND coalesce(later.ap_time <> told.ap_time, later.received_at > told.received_at + ${sameReportMs})
    ) AS current
  FROM latest LEFT JOIN ap USING (ap_id) LEFT JOIN report AS told USING (report_no)`;

/**
 * Where the device is, as `../whereabouts.ts` says; `undefined` when no AP ever told of it. Every statement is bounded by an index,
 * however many sightings there are.
 */
export function whereIs(database: DatabaseSync, mac: Mac, options: WhereOptions): Whereabouts | undefined {
  const device = macToNumber(mac);
  if (database.prepare('SELECT 1 FROM device WHERE mac = ?').get(device) === undefined) return undefined;
  const candidates = sortCandidates(findCandidates(database, device, options));
  return toWhereabouts(mac, candidates, findDeparture(database, device, { candidates, ...options }));
}

function findCandidates(database: DatabaseSync, device: number, options: WhereOptions): Candidate[] {
  const select = database.prepare(selectCandidates);
  const { oldest, latest } = freshSpan(options);
  let rows = select.all(device, oldest, latest);
  if (rows.length === 0) {
    const newest = newestSighting(database, device, latest);
    if (newest !== undefined) rows = select.all(device, newest - options.withinSeconds, newest);
  }
  return rows.map((row) => toCandidate(row, options));
}

/** Unix seconds: of those up to `latest`, or of all when there are only later ones. */
function newestSighting(database: DatabaseSync, device: number, latest: number): number | undefined {
  const select = database.prepare(
    'SELECT max(last_seen) AS newest FROM sighting WHERE device = ? AND last_seen <= ?',
  );
  const newest =
    select.get(device, latest)?.['newest'] ?? select.get(device, Number.MAX_SAFE_INTEGER)?.['newest'];
  return newest === null || newest === undefined ? undefined : Number(newest);
}

function findDeparture(
  database: DatabaseSync,
  device: number,
  { candidates, nowSeconds }: WhereOptions & { candidates: readonly Candidate[] },
): DepartureItem | null {
  const { oldest, latest } = departureSpan(candidates, nowSeconds);
  const row = database
    .prepare(
      `${selectDeparture} WHERE device = ? AND departure.last_seen <= ? ORDER BY departure.last_seen DESC LIMIT 1`,
    )
    .get(device, latest);
  return row === undefined || Number(row['last_seen']) < oldest ? null : toDepartureItem(row);
}
