import type { ExportFilter, StoredReport } from '../../direct-reader.ts';
import { toReportItem, type Row } from '../../rows.ts';
import type { Asking } from '../asking.ts';
import { createConditions, type Conditions } from '../conditions.ts';
import { selectReport } from '../selections.ts';
import { tidy } from '../literals.ts';
import { timestampOfMs } from '../timestamps.ts';
import { createBodies } from './bodies.ts';
import type { ReadOnce } from '../reading.ts';

const pageRows = 1_000;

export async function* reports(
  read: ReadOnce,
  filter: ExportFilter,
): AsyncGenerator<readonly StoredReport[]> {
  const newest = await read(newestTime);
  if (newest === undefined) return;
  for (let last: Row | undefined; ;) {
    const rows = await read((asking) => readAfter(asking, { ...filter, newest }, last));
    const readBody = createBodies(read, rows);
    yield rows.map((row, index) => ({ ...toReportItem(row), readBody: () => readBody(index) }));
    if (rows.length < pageRows) return;
    last = rows.at(-1);
  }
}

/** Numbers do not say what was stored by now: each receiver has its own. When it came does, so that an export comes to an end. */
async function newestTime(asking: Asking): Promise<string | undefined> {
  const [row] = await asking.query('SELECT max(received_at)::text AS newest FROM report');
  return (row?.['newest'] as string | null | undefined) ?? undefined;
}

function readAfter(
  asking: Asking,
  filter: ExportFilter & { readonly newest: string },
  last: Row | undefined,
): Promise<readonly Row[]> {
  const where = createConditions();
  where.add(`report.received_at >= ${where.value(timestampOfMs(filter.sinceMs))}`);
  where.add(`report.received_at < ${where.value(timestampOfMs(filter.untilMs))}`);
  where.add(`report.received_at <= ${where.value(filter.newest)}`);
  if (last !== undefined) {
    const time = where.value(timestampOfMs(Number(last['received_at'])));
    where.add(
      `(report.received_at, report.report_no) > (${time}::timestamptz, ${where.value(last['report_no'])}::bigint)`,
    );
  }
  if (filter.ap !== undefined) where.add(`ap = ${where.value(filter.ap)}`);
  if (filter.profile !== undefined) where.add(`profile = ${where.value(tidy(filter.profile))}`);
  if (filter.device !== undefined) where.add(toldOf(where, filter.device));
  return asking.query(
    `${selectReport} WHERE ${where.sql} ORDER BY report.received_at, report.report_no LIMIT ${pageRows}`,
    where.values,
  );
}

/** What a report told lies in its day. */
function toldOf(where: Conditions, device: string): string {
  const value = where.value(device);
  const told = (table: string): string =>
    `EXISTS (SELECT 1 FROM ${table} WHERE report_no = report.report_no AND day_no = report.day_no AND device = ${value} OFFSET 0)`;
  return `${told('sighting')} OR ${told('departure')}`;
}
