import { secondsOf, type ExportFilter } from '../../direct-reader.ts';
import type { SightingItem } from '../../items.ts';
import { toSightingItem, type Row } from '../../rows.ts';
import type { Asking } from '../asking.ts';
import { createConditions, type Conditions } from '../conditions.ts';
import { selectSighting } from '../selections.ts';
import { timestampOfSeconds } from '../timestamps.ts';
import { devicePages } from './devices.ts';
import type { ReadOnce } from '../reading.ts';

const pageRows = 1_000;

/** A device after the other: each of their ranges is found at once, also a short one at the end of many days. */
export async function* sightings(
  read: ReadOnce,
  filter: ExportFilter,
): AsyncGenerator<readonly SightingItem[]> {
  const { since, until } = secondsOf(filter);
  const wasSeen = (where: Conditions): void => {
    where.add(`last_seen >= ${where.value(timestampOfSeconds(since))}`);
    where.add(`first_seen < ${where.value(timestampOfSeconds(until))}`);
  };
  for await (const devices of devicePages(read, filter, wasSeen))
    for (let left = devices.map(({ mac }) => String(mac)), last: Row | undefined; left.length > 0;) {
      const rows = await read((asking) => readAfter(asking, filter, left, last));
      yield rows.map(toSightingItem);
      if (rows.length < pageRows) break;
      last = rows.at(-1);
      left = left.slice(left.indexOf(String(last?.['device'])));
    }
}

/** Those of the first device after a row, and those of the others, device by device. */
function readAfter(
  asking: Asking,
  filter: ExportFilter,
  devices: readonly string[],
  last: Row | undefined,
): Promise<readonly Row[]> {
  const { since, until } = secondsOf(filter);
  const where = createConditions();
  const wanted = where.value(devices);
  where.add('device = wanted.mac');
  where.add(`last_seen >= ${where.value(timestampOfSeconds(since))}`);
  where.add(`last_seen < ${where.value(timestampOfSeconds(until))}`);
  if (filter.ap !== undefined) where.add(`ap = ${where.value(filter.ap)}`);
  if (last !== undefined) {
    const time = where.value(timestampOfSeconds(Number(last['last_seen'])));
    where.add(
      `wanted.place > 1 OR (last_seen, ap) > (${time}::timestamptz, ${where.value(last['ap'])}::macaddr)`,
    );
  }
  return asking.query(
    `SELECT told.* FROM unnest(${wanted}::macaddr[]) WITH ORDINALITY AS wanted(mac, place) CROSS JOIN LATERAL (
       ${selectSighting} WHERE ${where.sql} ORDER BY sighting.last_seen, sighting.ap LIMIT ${pageRows}
     ) AS told ORDER BY wanted.place, told.last_seen, told.ap LIMIT ${pageRows}`,
    where.values,
  );
}
