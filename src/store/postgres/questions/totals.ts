import type { Totals } from '../../reader.ts';
import type { Asking } from '../asking.ts';

/** APs are few enough to be counted; of everything else the store keeps count. */
export async function totals(asking: Asking): Promise<Totals> {
  const [row] = await asking.query(
    `SELECT coalesce(sum(reports), 0) AS reports, coalesce(sum(sightings), 0) AS sightings,
       coalesce(sum(departures), 0) AS departures, (SELECT coalesce(sum(devices), 0) FROM device_total) AS devices,
       (SELECT count(*) FROM ap) AS aps
     FROM total`,
  );
  return {
    aps: Number(row?.['aps']),
    devices: Number(row?.['devices']),
    sightings: Number(row?.['sightings']),
    departures: Number(row?.['departures']),
    reports: Number(row?.['reports']),
  };
}
