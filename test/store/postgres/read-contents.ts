/** Reads a PostgreSQL store with a connection of its own, as any other program could. */
import { zstdDecompressSync } from 'node:zlib';
import { Client } from 'pg';
import type { Contents, KeptReport, KeptRow } from '../contents.ts';

const seconds = (column: string): string => `extract(epoch FROM ${column})::float8`;
const milliseconds = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`;

/** Everything in the database; receivers may have it open. */
export async function readContents(url: string): Promise<Contents> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const all = async (sql: string): Promise<KeptRow[]> => (await client.query<KeptRow>(sql)).rows.map(tidy);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    return {
      reports: await keptReports(client),
      aps: await all(
        `SELECT mac, name, ipv4, ipv6, hw_type AS "hwType", sw_version AS "swVersion", sw_build AS "swBuild",
           ${milliseconds('first_report_at')} AS "firstReportAtMs", ${milliseconds('last_report_at')} AS "lastReportAtMs"
         FROM ap ORDER BY mac`,
      ),
      devices: await all(
        `SELECT mac, array_to_json(classes)::text AS classes, vendor, model, name, battery,
           ${seconds('first_seen')} AS "firstSeen", ${seconds('last_seen')} AS "lastSeen" FROM device ORDER BY mac`,
      ),
      sightings: await all(
        `SELECT device, ap, ${seconds('last_seen')} AS "lastSeen", rssi, rssi_kind AS "rssiKind", frames,
           inside_cell::int AS "insideCell", cell_distance AS "cellDistance", battery, sensors::text AS sensors
         FROM sighting ORDER BY device, last_seen, ap`,
      ),
      departures: await all(
        `SELECT device, ap, ${seconds('last_seen')} AS "lastSeen", event FROM departure ORDER BY device, last_seen, ap, event`,
      ),
      deviceCounts: await all(
        `SELECT ap, class, devices, ${milliseconds('counted_at')} AS "countedAtMs" FROM device_count ORDER BY ap, class`,
      ),
    };
  } finally {
    await client.end();
  }
}

async function keptReports(client: Client): Promise<KeptReport[]> {
  const { rows } = await client.query<KeptReport & { zipped: Buffer }>(
    `SELECT replace(id::text, '-', '') AS id, ap, profile, source, remote, ${milliseconds('received_at')} AS "receivedAtMs",
       observations, body AS zipped FROM report ORDER BY report_no`,
  );
  return rows.map(({ zipped, ...report }) => ({ ...report, body: zstdDecompressSync(zipped) }));
}

/** Without the columns that have no value. */
function tidy(row: KeptRow): KeptRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
