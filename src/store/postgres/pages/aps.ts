import type { ExportFilter } from '../../direct-reader.ts';
import type { ApItem } from '../../items.ts';
import { toApItem, type Row } from '../../rows.ts';
import { createConditions } from '../conditions.ts';
import { selectAp } from '../selections.ts';
import { timestampOfMs } from '../timestamps.ts';
import type { ReadOnce } from '../reading.ts';

const pageRows = 500;

export async function* aps(
  read: ReadOnce,
  { ap, sinceMs, untilMs }: ExportFilter,
): AsyncGenerator<readonly ApItem[]> {
  for (let last: Row | undefined; ;) {
    const where = createConditions();
    where.add(`last_report_at >= ${where.value(timestampOfMs(sinceMs))}`);
    where.add(`last_report_at < ${where.value(timestampOfMs(untilMs))}`);
    if (ap !== undefined) where.add(`mac = ${where.value(ap)}`);
    if (last !== undefined) where.add(`mac > ${where.value(last['mac'])}`);
    const rows = await read((asking) =>
      asking.query(`${selectAp} WHERE ${where.sql} ORDER BY ap.mac LIMIT ${pageRows}`, where.values),
    );
    yield rows.map(toApItem);
    if (rows.length < pageRows) return;
    last = rows.at(-1);
  }
}
