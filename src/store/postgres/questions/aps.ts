import type { Mac } from '../../../report.ts';
import type { ApItem } from '../../items.ts';
import { itemsOf, type Page, type PageQuery } from '../../page.ts';
import type { ApDetail } from '../../reader.ts';
import { toApItem, toDeviceCountItem } from '../../rows.ts';
import type { Asking } from '../asking.ts';
import { createConditions } from '../conditions.ts';
import { selectAp, selectDeviceCount } from '../selections.ts';
import { macAt, positionOfMac } from './mac-position.ts';
import { readPage } from './page-rows.ts';
import { reports } from './reports.ts';

const latestReports = 10;
/** Class names are the sender's: a detail must not grow with what was invented. */
const maxDeviceCounts = 200;
const texts = ['name', 'ipv4', 'ipv6', 'hw_type', 'sw_version', 'sw_build'];

export function aps(asking: Asking, page: PageQuery): Promise<Page<ApItem>> {
  const where = createConditions();
  if (page.after !== undefined) where.add(`ap.mac > ${where.value(macAt(page.after))}`);
  const list = {
    select: selectAp,
    where,
    order: 'ap.mac',
    texts,
    toItem: toApItem,
    positionOf: positionOfMac,
  };
  return readPage(asking, list, page);
}

export async function ap(asking: Asking, mac: Mac): Promise<ApDetail | undefined> {
  const [row] = await asking.query(`${selectAp} WHERE ap.mac = $1`, [mac]);
  if (row === undefined) return undefined;
  const counts = await asking.query(
    `${selectDeviceCount} WHERE ap = $1 ORDER BY class COLLATE "C" LIMIT ${maxDeviceCounts}`,
    [mac],
  );
  return {
    ...toApItem(row),
    deviceCounts: counts.map(toDeviceCountItem),
    latestReports: itemsOf(await reports(asking, { limit: latestReports }, { ap: mac })),
  };
}
