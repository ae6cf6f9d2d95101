import type { DeviceItem } from '../store/items.ts';
import { column, type Kind } from './kind.ts';

/** The devices by their MACs; `since` and `until` mean when it was last seen, `ap` that this AP heard it in a sighting that is kept. */
export const devices: Kind<DeviceItem> = {
  filters: ['since', 'until', 'device', 'ap', 'class'],
  columns: [
    column('mac', 17),
    { name: 'classes', width: 24, of: ({ classes }) => classes.join(' ') },
    column('vendor', 12),
    column('model', 12),
    column('name', 20),
    column('battery', 7),
    column('firstSeen'),
    column('lastSeen', 20),
  ],
  pages: (reader, filters) => reader.devices(filters),
  toJson: (device) => device,
};
