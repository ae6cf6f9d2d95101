import { secondsOf, type ExportFilter } from '../../direct-reader.ts';
import type { DeviceItem } from '../../items.ts';
import { toDeviceItem, type Row } from '../../rows.ts';
import type { Asking } from '../asking.ts';
import { createConditions, type Conditions } from '../conditions.ts';
import { selectDevice } from '../selections.ts';
import { tidy } from '../literals.ts';
import { timestampOfSeconds } from '../timestamps.ts';
import type { ReadOnce } from '../reading.ts';

const pageRows = 1_000;

export async function* devices(read: ReadOnce, filter: ExportFilter): AsyncGenerator<readonly DeviceItem[]> {
  const { since, until } = secondsOf(filter);
  const wanted = (where: Conditions): void => {
    where.add(`last_seen >= ${where.value(timestampOfSeconds(since))}`);
    where.add(`last_seen < ${where.value(timestampOfSeconds(until))}`);
    if (filter.ap !== undefined)
      where.add(
        `EXISTS (SELECT 1 FROM sighting WHERE device = device.mac AND ap = ${where.value(filter.ap)} OFFSET 0)`,
      );
  };
  for await (const rows of devicePages(read, filter, wanted)) yield rows.map(toDeviceItem);
}

/** The rows of the devices that `filter` names and `wanted` lets through, by MAC. */
export async function* devicePages(
  read: ReadOnce,
  { device, class: name }: ExportFilter,
  wanted: (where: Conditions) => void,
): AsyncGenerator<readonly Row[]> {
  const readAfter = (asking: Asking, last: Row | undefined): Promise<readonly Row[]> => {
    const where = createConditions();
    if (device !== undefined) where.add(`mac = ${where.value(device)}`);
    if (name !== undefined) where.add(`${where.value(tidy(name))} = ANY (classes)`);
    wanted(where);
    if (last !== undefined) where.add(`mac > ${where.value(last['mac'])}`);
    return asking.query(
      `${selectDevice} WHERE ${where.sql} ORDER BY device.mac LIMIT ${pageRows}`,
      where.values,
    );
  };
  for (let last: Row | undefined; ;) {
    const rows = await read((asking) => readAfter(asking, last));
    yield rows;
    if (rows.length < pageRows) return;
    last = rows.at(-1);
  }
}
