import type { DatabaseSync } from 'node:sqlite';
import type { Totals } from '../../reader.ts';

/** APs are few enough to be counted; of everything else the store keeps count. */
export function totals(database: DatabaseSync): Totals {
  const row = database.prepare('SELECT *, (SELECT count(*) FROM ap) AS aps FROM total').get() ?? {};
  return {
    aps: Number(row['aps']),
    devices: Number(row['devices']),
    sightings: Number(row['sightings']),
    departures: Number(row['departures']),
    reports: Number(row['reports']),
  };
}
