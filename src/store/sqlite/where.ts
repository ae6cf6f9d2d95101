/** Where a device is now, out of what several APs told, and how sure that is. */
import type { DatabaseSync } from 'node:sqlite';
import type { Mac } from '../../report.ts';
import type { Candidate, DepartureItem, Whereabouts } from '../items.ts';
import { macToNumber } from '../../rows/mac-number.ts';
import { selectDeparture, timeOfSeconds, toDepartureItem } from './rows.ts';

export interface WhereOptions {
  /** By our clock, Unix seconds. */
  readonly nowSeconds: number;
  /** How old a sighting may be to say where a device is, and not only where it was. */
  readonly withinSeconds: number;
}

/** An AP's clock may be ahead of ours by so much and its sightings are still of the past. */
const aheadSeconds = 60;

/** Of a device that is heard all the time, the newest sightings are enough: each of 200 APs with 50 of them. */
const maxSightings = 10_000;

/** An AP may split a report over several posts. Where they do not say its time, those that came within this one are one report. */
const sameReportMs = 2_000;

/**
 * How many later reports of an AP are searched for one of the same profile. An AP has at most ten profiles; one that reports a
 * thousand times less often than another is taken for one that has not reported since.
 */
const maxLaterReports = 1_000;

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
 * Where the device is, as far as its APs tell; `undefined` when no AP ever told of it.
 *
 * There is one **candidate** for each AP: its latest sighting of the device. Looked at are sightings within `withinSeconds` before now,
 * up to 60 s ahead of it, since an AP's clock may be ahead. When there are none, the device is where it was last heard: looked at
 * are those within `withinSeconds` before its newest sighting, and none of them is fresh. Sightings further ahead, of an AP whose clock
 * is wrong, count only when there are no others. At most the newest 10,000 sightings are looked at.
 *
 * A candidate is **fresh** when it was heard within `withinSeconds`. It is **current** when no later report of that AP and profile came
 * in: the AP has not reported since without hearing the device. A report may come in several posts: two are one report when they say
 * the same `reporter.time`, or when one of them does not say it and they came within 2 s.
 *
 * The first candidate is the answer. Fresh ones come first, then current ones, then the strongest (those without an rssi last), then
 * the newest, then in the order of the APs' MACs. So a strong sighting by an AP that has missed the device since gives way to a
 * weaker one of where it went.
 *
 * The **departure** is the device's newest one, unless a candidate is newer.
 *
 * Every statement is bounded by an index, however many sightings there are.
 */
export function whereIs(database: DatabaseSync, mac: Mac, options: WhereOptions): Whereabouts | undefined {
  const device = macToNumber(mac);
  if (database.prepare('SELECT 1 FROM device WHERE mac = ?').get(device) === undefined) return undefined;
  const candidates = findCandidates(database, device, options).toSorted(byLikelihood);
  const [best] = candidates;
  return {
    device: mac,
    ap: best?.ap ?? null,
    apName: best?.apName ?? null,
    fresh: best?.fresh ?? false,
    lastSeen: best?.lastSeen ?? null,
    ageSeconds: best?.ageSeconds ?? null,
    rssi: best?.rssi ?? null,
    candidates,
    departure: findDeparture(database, device, { candidates, ...options }),
  };
}

function findCandidates(
  database: DatabaseSync,
  device: number,
  { nowSeconds, withinSeconds }: WhereOptions,
): Candidate[] {
  const select = database.prepare(selectCandidates);
  const oldest = nowSeconds - withinSeconds;
  const latest = nowSeconds + aheadSeconds;
  let rows = select.all(device, oldest, latest);
  if (rows.length === 0) {
    const newest = newestSighting(database, device, latest);
    if (newest !== undefined) rows = select.all(device, newest - withinSeconds, newest);
  }
  return rows.map((row) => {
    const lastSeen = Number(row['last_seen']);
    return {
      ap: String(row['ap']),
      apName: row['ap_name'] as string | null,
      lastSeen: timeOfSeconds(lastSeen),
      ageSeconds: Math.max(0, Math.floor(nowSeconds) - lastSeen),
      rssi: row['rssi'] as number | null,
      rssiKind: row['rssi_kind'] as Candidate['rssiKind'],
      fresh: lastSeen >= oldest && lastSeen <= latest,
      current: row['current'] === 1,
    };
  });
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

function byLikelihood(a: Candidate, b: Candidate): number {
  return (
    Number(b.fresh) - Number(a.fresh) ||
    Number(b.current) - Number(a.current) ||
    (b.rssi ?? weakest) - (a.rssi ?? weakest) ||
    secondsOf(b.lastSeen) - secondsOf(a.lastSeen) ||
    (a.ap < b.ap ? -1 : 1)
  );
}

function secondsOf(time: string): number {
  return Date.parse(time) / 1000;
}

/** Below every rssi; finite, so that two of them differ by 0. */
const weakest = -Number.MAX_SAFE_INTEGER;

function findDeparture(
  database: DatabaseSync,
  device: number,
  { candidates, nowSeconds }: WhereOptions & { candidates: readonly Candidate[] },
): DepartureItem | null {
  const newest = Math.max(...candidates.map(({ lastSeen }) => secondsOf(lastSeen)));
  // What an AP with a wrong clock says of the future is no word on a device that others hear now.
  const latest =
    candidates.length === 0 ? Number.MAX_SAFE_INTEGER : Math.max(newest, nowSeconds + aheadSeconds);
  const row = database
    .prepare(
      `${selectDeparture} WHERE device = ? AND departure.last_seen <= ? ORDER BY departure.last_seen DESC LIMIT 1`,
    )
    .get(device, latest);
  return row === undefined || Number(row['last_seen']) < newest ? null : toDepartureItem(row);
}
