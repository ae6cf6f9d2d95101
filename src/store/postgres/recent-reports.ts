import type { Pool } from 'pg';
import type { PastReport, Reporter } from '../../report.ts';

interface Row {
  readonly mac: string;
  readonly name: string | null;
  readonly hw_type: string | null;
  readonly sw_version: string | null;
  readonly profile: string;
  readonly observations: number;
  readonly received_at_ms: string;
  readonly ap_time: string | null;
}

/** As `recentReports` of the store: those that any receiver stored. */
export async function recentReports(pool: Pool, sinceMs: number, maxOfAp: number): Promise<PastReport[]> {
  const { rows } = await pool.query<Row>(
    `SELECT ap.mac, ap.name, ap.hw_type, ap.sw_version, latest.profile, latest.observations,
       (extract(epoch FROM latest.received_at) * 1000)::bigint AS received_at_ms,
       extract(epoch FROM latest.ap_time)::bigint AS ap_time
     FROM ap CROSS JOIN LATERAL (
       SELECT profile, observations, received_at, report_no, ap_time FROM report
       WHERE report.ap = ap.mac AND report.received_at >= $1 ORDER BY received_at DESC, report_no DESC LIMIT $2
     ) AS latest
     WHERE ap.last_report_at >= $1 ORDER BY ap.mac, latest.received_at, latest.report_no`,
    [new Date(Math.floor(sinceMs)).toISOString(), maxOfAp],
  );
  return rows.map((row) => ({
    profile: row.profile,
    reporter: reporterOf(row),
    observations: row.observations,
    receivedAtMs: Number(row.received_at_ms),
  }));
}

function reporterOf({ mac, name, hw_type: hwType, sw_version: swVersion, ap_time: time }: Row): Reporter {
  return {
    mac,
    ...(name !== null && { name }),
    ...(hwType !== null && { hwType }),
    ...(swVersion !== null && { swVersion }),
    ...(time !== null && { time: Number(time) }),
  };
}
