import type { DatabaseSync } from 'node:sqlite';
import type { SightingItem } from '../store/items.ts';
import { findApId } from '../store/sqlite/questions/ap-id.ts';
import { selectSighting, toSightingItem, type Row } from '../store/sqlite/rows.ts';
import { devicePages } from './devices.ts';
import { secondsOf, type Filters } from './filters.ts';
import { column, type Kind } from './kind.ts';

const pageRows = 1_000;

/** The sightings of one device after the other, the oldest first; `since` and `until` mean when it was last seen. */
export const sightings: Kind<SightingItem> = {
  filters: ['since', 'until', 'device', 'ap', 'class'],
  columns: [
    column('device', 17),
    column('lastSeen', 20),
    column('ap', 17),
    column('apName', 20),
    column('rssi', 4),
    column('rssiKind', 8),
    column('frames', 6),
    column('battery', 7),
    column('insideCell'),
    column('cellDistance'),
    {
      name: 'sensors',
      width: 40,
      of: ({ sensors }) => (sensors === null ? null : JSON.stringify(sensors)),
    },
  ],
  pages,
  toJson: (sighting) => sighting,
};

/** A device after the other: each of their ranges is found at once, also a short one at the end of many years. */
function* pages(database: DatabaseSync, filters: Filters): Generator<readonly SightingItem[]> {
  const apId = filters.ap === undefined ? null : findApId(database, filters.ap);
  if (apId === undefined) return;
  const { since, until } = secondsOf(filters);
  const wasSeen = (row: Row): boolean =>
    Number(row['last_seen']) >= since && Number(row['first_seen']) < until;
  const select = database.prepare(
    `${selectSighting} WHERE device = ?1 AND (last_seen, sighting.ap_id) > (?2, ?3) AND last_seen < ?4
       AND (?5 IS NULL OR sighting.ap_id = ?5) ORDER BY last_seen, sighting.ap_id LIMIT ${pageRows}`,
  );
  for (const devices of devicePages(database, filters, wasSeen))
    for (const { mac } of devices) {
      const after = (last: number, ap: number): Row[] => select.all(Number(mac), last, ap, until, apId);
      for (let rows = after(since, 0); rows.length > 0;) {
        yield rows.map(toSightingItem);
        const last = rows.length < pageRows ? undefined : rows.at(-1);
        rows = last === undefined ? [] : after(Number(last['last_seen']), Number(last['ap_id']));
      }
    }
}
