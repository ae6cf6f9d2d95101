import type { DatabaseSync } from 'node:sqlite';
import type { Mac } from '../../../report.ts';
import type { ApItem } from '../../items.ts';
import { fillPage, itemsOf, rowsOf, type Page, type PageQuery } from '../../page.ts';
import type { ApDetail } from '../../reader.ts';
import { macToNumber, numberToMac } from '../../../rows/mac-number.ts';
import { toApItem, toDeviceCountItem } from '../../rows.ts';
import { selectAp, selectDeviceCount } from '../selections.ts';
import { reports } from './reports.ts';

const latestReports = 10;
/** Class names are the sender's: a detail must not grow with what was invented. */
const maxDeviceCounts = 200;

export function aps(database: DatabaseSync, page: PageQuery): Page<ApItem> {
  const [after] = page.after ?? [];
  const rows = database
    .prepare(`${selectAp} WHERE ap.mac > ? ORDER BY ap.mac LIMIT ?`)
    .iterate(after === undefined ? '' : numberToMac(after), rowsOf(page));
  return fillPage(rows, page, { toItem: toApItem, positionOf: (row) => [macToNumber(String(row['mac']))] });
}

export function ap(database: DatabaseSync, mac: Mac): ApDetail | undefined {
  const row = database.prepare(`${selectAp} WHERE ap.mac = ?`).get(mac);
  if (row === undefined) return undefined;
  const counts = database
    .prepare(`${selectDeviceCount} WHERE ap_id = ? ORDER BY class LIMIT ?`)
    .all(Number(row['ap_id']), maxDeviceCounts);
  return {
    ...toApItem(row),
    deviceCounts: counts.map(toDeviceCountItem),
    latestReports: itemsOf(reports(database, { limit: latestReports }, { ap: mac })),
  };
}
