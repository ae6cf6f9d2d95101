import type { Mac } from '../../../report.ts';
import type { DeviceItem } from '../../items.ts';
import type { Page, PageQuery, Position } from '../../page.ts';
import { isOpen, type DeviceDetail, type DeviceFilter } from '../../reader.ts';
import { toDepartureItem, toDeviceItem } from '../../rows.ts';
import type { Asking } from '../asking.ts';
import { createConditions, type Conditions } from '../conditions.ts';
import { selectDeparture, selectDevice } from '../selections.ts';
import { timestampOfMs } from '../timestamps.ts';
import { whereIs } from '../where.ts';
import { addDeviceFilter } from './device-condition.ts';
import { macAt, positionOfMac } from './mac-position.ts';
import { readPage, readRows, toPage, type List } from './page-rows.ts';
import { search, stepRows, type Searched } from './search.ts';

const hourMs = 60 * 60 * 1000;
const latestDepartures = 10;
/** Counting more would take longer than anybody waits for a detail. */
const maxCounted = 100_000;

/** @param budgetMs how long devices are searched for, where no index finds them. */
export async function devices(
  asking: Asking,
  page: PageQuery,
  filter: DeviceFilter,
  budgetMs = 1_000,
): Promise<Page<DeviceItem>> {
  const list = listAfter(page.after);
  if (isOpen(filter)) return readPage(asking, list, page);
  if (filter.ap === undefined)
    return toPage(await search(searched(asking, filter), page, budgetMs), list, page);
  addHeard(list.where, filter.ap, filter.seenSinceMs ?? (page.askedAtMs ?? Date.now()) - hourMs);
  addDeviceFilter(list.where, filter);
  return readPage(asking, list, page);
}

function listAfter(after: Position | undefined): List<DeviceItem> {
  const where = createConditions();
  if (after !== undefined) where.add(`device.mac > ${where.value(macAt(after))}`);
  return {
    select: selectDevice,
    where,
    order: 'device.mac',
    texts: ['classes', 'vendor', 'model', 'name'],
    toItem: toDeviceItem,
    positionOf: positionOfMac,
  };
}

function searched(asking: Asking, filter: DeviceFilter): Searched {
  return {
    async stepEnd(after) {
      const { where } = listAfter(after);
      const [row] = await asking.query(
        `SELECT mac::text AS mac FROM device WHERE ${where.sql} ORDER BY device.mac LIMIT 1 OFFSET ${stepRows - 1}`,
        where.values,
      );
      return row && positionOfMac(row);
    },
    matches(after, upTo, rows) {
      const list = listAfter(after);
      const { where } = list;
      if (upTo !== undefined) where.add(`device.mac <= ${where.value(macAt(upTo))}`);
      addDeviceFilter(where, filter);
      return readRows(asking, list, rows);
    },
  };
}

/**
 * The reports of the time lead to what they told, one after the other; the other way round every device would be asked. A report
 * and what it told lie in the same day.
 */
function addHeard(where: Conditions, ap: Mac, sinceMs: number): void {
  const since = where.value(timestampOfMs(Math.ceil(sinceMs)));
  where.add(
    `device.mac IN (
       SELECT heard.device FROM report CROSS JOIN LATERAL (
         SELECT device FROM sighting WHERE report_no = report.report_no AND day_no = report.day_no OFFSET 0
       ) AS heard WHERE report.ap = ${where.value(ap)} AND report.received_at >= ${since}
     )`,
  );
}

/** @param nowSeconds our clock, Unix seconds. */
export async function device(
  asking: Asking,
  mac: Mac,
  withinSeconds: number,
  nowSeconds = Math.floor(Date.now() / 1000),
): Promise<DeviceDetail | undefined> {
  const [row] = await asking.query(`${selectDevice} WHERE device.mac = $1`, [mac]);
  if (row === undefined) return undefined;
  const where = await whereIs(asking, mac, { nowSeconds, withinSeconds });
  const [counted] = await asking.query(
    `SELECT count(*) AS n FROM (SELECT 1 FROM sighting WHERE device = $1 LIMIT ${maxCounted}) AS counted`,
    [mac],
  );
  const departures = await asking.query(
    `${selectDeparture} WHERE device = $1 ORDER BY departure.last_seen DESC LIMIT ${latestDepartures}`,
    [mac],
  );
  return {
    ...toDeviceItem(row),
    sightingsCount: Number(counted?.['n']),
    departures: departures.map(toDepartureItem),
    where,
  };
}
