import type { DatabaseSync } from 'node:sqlite';
import type { DeviceItem } from '../store/items.ts';
import { macToNumber } from '../rows/mac-number.ts';
import { findApId } from '../store/sqlite/questions/ap-id.ts';
import { selectDevice, toDeviceItem, type Row } from '../store/sqlite/rows.ts';
import { secondsOf, type Filters } from './filters.ts';
import { column, type Kind } from './kind.ts';

const pageRows = 1_000;

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
  pages,
  toJson: (device) => device,
};

function* pages(database: DatabaseSync, filters: Filters): Generator<readonly DeviceItem[]> {
  const wasHeard = prepareHeard(database, filters);
  const { since, until } = secondsOf(filters);
  const isInTime = (row: Row): boolean =>
    Number(row['last_seen']) >= since && Number(row['last_seen']) < until;
  for (const rows of devicePages(database, filters, isInTime)) yield rows.filter(wasHeard).map(toDeviceItem);
}

/** Whether the AP that was asked for heard a device: the sightings of one device are searched at a time. */
function prepareHeard(database: DatabaseSync, { ap }: Filters): (row: Row) => boolean {
  if (ap === undefined) return () => true;
  const number = findApId(database, ap);
  if (number === undefined) return () => false;
  const find = database.prepare('SELECT 1 FROM sighting WHERE device = ? AND ap_id = ? LIMIT 1');
  return (row) => find.get(Number(row['mac']), number) !== undefined;
}

/** The rows of the devices that `filters` name and `fits` lets through, by MAC. */
export function* devicePages(
  database: DatabaseSync,
  { device, class: wanted }: Filters,
  fits: (row: Row) => boolean,
): Generator<readonly Row[]> {
  const hasClass = (row: Row): boolean => wanted === undefined || toDeviceItem(row).classes.includes(wanted);
  const [first, last] = device === undefined ? [-1, 2 ** 48] : [macToNumber(device) - 1, macToNumber(device)];
  const select = database.prepare(
    `${selectDevice} WHERE mac > ? AND mac <= ? ORDER BY mac LIMIT ${pageRows}`,
  );
  for (
    let rows = select.all(first, last);
    rows.length > 0;
    rows = select.all(Number(rows.at(-1)?.['mac']), last)
  )
    yield rows.filter((row) => fits(row) && hasClass(row));
}
