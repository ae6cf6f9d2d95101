import type { SightingItem } from '../store/items.ts';
import { column, type Kind } from './kind.ts';

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
  pages: (reader, filters) => reader.sightings(filters),
  toJson: (sighting) => sighting,
};
