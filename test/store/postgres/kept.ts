import { Client } from 'pg';
import type { Kept } from '../../faults/examine.ts';
import { reportId } from '../../../src/report-id.ts';
import { readContents } from './read-contents.ts';

/** What lies in a PostgreSQL database. */
export function keptInPostgres(url: string): Kept {
  return {
    environment: { NORTHBOUND_STORE: url },
    reports: async () => (await readContents(url)).reports,
    countFaults: () => countFaults(url),
  };
}

/** Each counts what should not be. */
const faults = {
  'an id without its report': `SELECT count(*) FROM report_id AS it
    WHERE NOT EXISTS (SELECT FROM report WHERE report.report_no = it.report_no AND report.id = it.id AND report.day_no = it.day_no)`,
  'a report without its id':
    'SELECT count(*) FROM report AS it WHERE NOT EXISTS (SELECT FROM report_id WHERE id = it.id)',
  'a report of no AP':
    'SELECT count(*) FROM report AS it WHERE NOT EXISTS (SELECT FROM ap WHERE mac = it.ap)',
  'a sighting of no report, AP or device': `SELECT count(*) FROM sighting AS it
    WHERE NOT EXISTS (SELECT FROM report WHERE report.report_no = it.report_no)
      OR NOT EXISTS (SELECT FROM ap WHERE mac = it.ap) OR NOT EXISTS (SELECT FROM device WHERE mac = it.device)`,
  'a departure of no report, AP or device': `SELECT count(*) FROM departure AS it
    WHERE NOT EXISTS (SELECT FROM report WHERE report.report_no = it.report_no)
      OR NOT EXISTS (SELECT FROM ap WHERE mac = it.ap) OR NOT EXISTS (SELECT FROM device WHERE mac = it.device)`,
  'a device that nothing is told of': `SELECT count(*) FROM device AS it
    WHERE NOT EXISTS (SELECT FROM sighting WHERE device = it.mac) AND NOT EXISTS (SELECT FROM departure WHERE device = it.mac)`,
  'totals that are none': `SELECT abs((SELECT coalesce(sum(reports), 0) FROM total) - (SELECT count(*) FROM report))
    + abs((SELECT coalesce(sum(sightings), 0) FROM total) - (SELECT count(*) FROM sighting))
    + abs((SELECT coalesce(sum(departures), 0) FROM total) - (SELECT count(*) FROM departure))
    + abs((SELECT coalesce(sum(devices), 0) FROM device_total) - (SELECT count(*) FROM device)) AS count`,
};

async function countFaults(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  let sum = 0;
  try {
    for (const sql of Object.values(faults))
      sum += Number((await client.query<{ count: string }>(sql)).rows[0]?.count);
  } finally {
    await client.end();
  }
  const { reports } = await readContents(url);
  return sum + reports.filter(({ id, profile, body }) => id !== reportId(profile, body)).length;
}
