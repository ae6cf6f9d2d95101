/** Finds what says where a device is. */
import type { Mac } from '../../report.ts';
import type { Candidate, DepartureItem, Whereabouts } from '../items.ts';
import { toDepartureItem, type Row } from '../rows.ts';
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
import type { Asking } from './asking.ts';
import { secondsOf, selectDeparture } from './selections.ts';
import { timestampOfSeconds } from './timestamps.ts';

/** The clocks of two receivers may be apart by so much. A report from further ahead came while a clock was wrong. */
const aheadOfNowSeconds = 60;

/**
 * The latest sighting of a device by each AP, and whether it is current: `$1` device, `$2` to `$3` last seen, `$4` now.
 *
 * The numbers of two reports say which came later when one receiver took both, out of one block; of others only the clocks do.
 */
const selectCandidates = `
  WITH seen AS MATERIALIZED (
    SELECT ap, last_seen, rssi, rssi_kind, report_no, day_no FROM sighting
    WHERE device = $1 AND last_seen BETWEEN $2 AND $3 ORDER BY last_seen DESC LIMIT ${maxSightings}
  ), block AS (SELECT seqincrement AS numbers FROM pg_sequence WHERE seqrelid = 'report_no'::regclass),
  latest AS (SELECT DISTINCT ON (ap) * FROM seen ORDER BY ap, last_seen DESC)
  SELECT latest.ap::text AS ap, ap.name AS ap_name, ${secondsOf('latest.last_seen')} AS last_seen, rssi, rssi_kind,
    told.report_no IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM (
        SELECT report_no, profile, received_at, ap_time FROM report
        WHERE report.ap = latest.ap AND received_at BETWEEN told.received_at AND $4
        ORDER BY received_at LIMIT ${maxLaterReports}
      ) AS later WHERE later.profile = told.profile
        AND (later.report_no > told.report_no OR ${blockOf('later')} <> ${blockOf('told')})
        -- Times that differ are two reports; NULL, unsaid in one of them.
        AND coalesce(later.ap_time <> told.ap_time, later.received_at > told.received_at + interval '${sameReportMs} ms')
    ) AS current
  FROM latest CROSS JOIN block LEFT JOIN ap ON ap.mac = latest.ap
    LEFT JOIN LATERAL (
      SELECT report_no, profile, received_at, ap_time FROM report
      WHERE report.report_no = latest.report_no AND report.day_no = latest.day_no
    ) AS told ON TRUE`;

function blockOf(report: string): string {
  return `((${report}.report_no - 1) / block.numbers)`;
}

/**
 * Where a device is, as `../whereabouts.ts` says, once it is known that an AP told of it. Every statement is bounded by an index,
 * however many sightings there are.
 */
export async function whereIs(asking: Asking, device: Mac, options: WhereOptions): Promise<Whereabouts> {
  const candidates = sortCandidates(await findCandidates(asking, device, options));
  const departure = await findDeparture(asking, device, departureSpan(candidates, options.nowSeconds));
  return toWhereabouts(device, candidates, departure);
}

async function findCandidates(asking: Asking, device: Mac, options: WhereOptions): Promise<Candidate[]> {
  const now = timestampOfSeconds(options.nowSeconds + aheadOfNowSeconds);
  const find = (from: number, to: number): Promise<readonly Row[]> =>
    asking.query(selectCandidates, [device, timestampOfSeconds(from), timestampOfSeconds(to), now]);
  const { oldest, latest } = freshSpan(options);
  let rows = await find(oldest, latest);
  if (rows.length === 0) {
    const newest = await newestSighting(asking, device, latest);
    if (newest !== undefined) rows = await find(newest - options.withinSeconds, newest);
  }
  return rows.map((row) => toCandidate(row, options));
}

/** Unix seconds: of those up to `latest`, or of all when there are only later ones. */
async function newestSighting(asking: Asking, device: Mac, latest: number): Promise<number | undefined> {
  const newest = `SELECT ${secondsOf('max(last_seen)')} AS newest FROM sighting WHERE device = $1`;
  const [row] = await asking.query(`${newest} AND last_seen <= $2`, [device, timestampOfSeconds(latest)]);
  const [any] = row?.['newest'] === null ? await asking.query(newest, [device]) : [row];
  return any?.['newest'] === null ? undefined : Number(any?.['newest']);
}

async function findDeparture(
  asking: Asking,
  device: Mac,
  { oldest, latest }: { oldest: number; latest: number },
): Promise<DepartureItem | null> {
  const [row] = await asking.query(
    `${selectDeparture} WHERE device = $1 AND departure.last_seen <= $2 ORDER BY departure.last_seen DESC LIMIT 1`,
    [device, timestampOfSeconds(latest)],
  );
  return row === undefined || Number(row['last_seen']) < oldest ? null : toDepartureItem(row);
}
