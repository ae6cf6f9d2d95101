import type { Mac } from '../../../report.ts';
import type { SightingItem } from '../../items.ts';
import { macToNumber } from '../../../rows/mac-number.ts';
import type { Page, PageQuery, Position } from '../../page.ts';
import type { Span } from '../../reader.ts';
import { toSightingItem, type Row } from '../../rows.ts';
import type { Asking } from '../asking.ts';
import { createConditions } from '../conditions.ts';
import { selectSighting } from '../selections.ts';
import { timestampOfSeconds } from '../timestamps.ts';
import { macAt } from './mac-position.ts';
import { readPage } from './page-rows.ts';

/** A list along (last_seen, ap), newest first; the primary key holds both. */
const positionOf = (row: Row): Position => [Number(row['last_seen']), macToNumber(String(row['ap']))];

export async function sightings(
  asking: Asking,
  mac: Mac,
  page: PageQuery,
  { sinceMs, untilMs }: Span,
): Promise<Page<SightingItem> | undefined> {
  const known = await asking.query('SELECT 1 FROM device WHERE mac = $1', [mac]);
  if (known.length === 0) return undefined;
  const where = createConditions();
  const timeOf = (ms: number): string => where.value(timestampOfSeconds(Math.ceil(ms / 1000)));
  where.add(`device = ${where.value(mac)}`);
  if (sinceMs !== undefined) where.add(`last_seen >= ${timeOf(sinceMs)}`);
  if (page.after !== undefined) {
    const [seconds = 0, ap = 0] = page.after;
    const time = where.value(timestampOfSeconds(seconds));
    where.add(`(last_seen, ap) < (${time}::timestamptz, ${where.value(macAt([ap]))}::macaddr)`);
  } else if (untilMs !== undefined) where.add(`last_seen < ${timeOf(untilMs)}`);
  const list = {
    select: selectSighting,
    where,
    order: 'sighting.last_seen DESC, sighting.ap DESC',
    texts: ['ap_name', 'rssi_kind', 'sensors'],
    toItem: toSightingItem,
    positionOf,
  };
  return readPage(asking, list, page);
}
