import type { DatabaseSync } from 'node:sqlite';
import { secondsOf, type ExportFilter } from '../../direct-reader.ts';
import type { SightingItem } from '../../items.ts';
import { toSightingItem, type Row } from '../../rows.ts';
import { findApId } from '../questions/ap-id.ts';
import { selectSighting } from '../selections.ts';
import { devicePages } from './devices.ts';

const pageRows = 1_000;

/** A device after the other: each of their ranges is found at once, also a short one at the end of many years. */
export function* sightings(database: DatabaseSync, filter: ExportFilter): Generator<readonly SightingItem[]> {
  const apId = filter.ap === undefined ? null : findApId(database, filter.ap);
  if (apId === undefined) return;
  const { since, until } = secondsOf(filter);
  const wasSeen = (row: Row): boolean =>
    Number(row['last_seen']) >= since && Number(row['first_seen']) < until;
  const select = database.prepare(
    `${selectSighting} WHERE device = ?1 AND (last_seen, sighting.ap_id) > (?2, ?3) AND last_seen < ?4
       AND (?5 IS NULL OR sighting.ap_id = ?5) ORDER BY last_seen, sighting.ap_id LIMIT ${pageRows}`,
  );
  for (const devices of devicePages(database, filter, wasSeen))
    for (const { mac } of devices) {
      const after = (last: number, ap: number): Row[] => select.all(Number(mac), last, ap, until, apId);
      for (let rows = after(since, 0); rows.length > 0;) {
        yield rows.map(toSightingItem);
        const last = rows.length < pageRows ? undefined : rows.at(-1);
        rows = last === undefined ? [] : after(Number(last['last_seen']), Number(last['ap_id']));
      }
    }
}
