import type { DatabaseSync } from 'node:sqlite';
import { secondsOf, type ExportFilter } from '../../direct-reader.ts';
import type { DeviceItem } from '../../items.ts';
import { macToNumber } from '../../../rows/mac-number.ts';
import { toDeviceItem, type Row } from '../../rows.ts';
import { findApId } from '../questions/ap-id.ts';
import { selectDevice } from '../selections.ts';

const pageRows = 1_000;

export function* devices(database: DatabaseSync, filter: ExportFilter): Generator<readonly DeviceItem[]> {
  const wasHeard = prepareHeard(database, filter);
  const { since, until } = secondsOf(filter);
  const isInTime = (row: Row): boolean =>
    Number(row['last_seen']) >= since && Number(row['last_seen']) < until;
  for (const rows of devicePages(database, filter, isInTime)) yield rows.filter(wasHeard).map(toDeviceItem);
}

/** Whether the AP that was asked for heard a device: the sightings of one device are searched at a time. */
function prepareHeard(database: DatabaseSync, { ap }: ExportFilter): (row: Row) => boolean {
  if (ap === undefined) return () => true;
  const number = findApId(database, ap);
  if (number === undefined) return () => false;
  const find = database.prepare('SELECT 1 FROM sighting WHERE device = ? AND ap_id = ? LIMIT 1');
  return (row) => find.get(Number(row['mac']), number) !== undefined;
}

/** The rows of the devices that the filter names and `fits` lets through, by MAC. */
export function* devicePages(
  database: DatabaseSync,
  { device, class: wanted }: ExportFilter,
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
