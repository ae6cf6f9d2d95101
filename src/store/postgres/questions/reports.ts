import type { ReportItem } from '../../items.ts';
import type { Page, PageQuery, Position } from '../../page.ts';
import type { ReportDetail, ReportFilter } from '../../reader.ts';
import { DamagedReport, unpack } from '../../report-body.ts';
import { toReportItem, type Row } from '../../rows.ts';
import { StoreError } from '../../store.ts';
import type { Asking } from '../asking.ts';
import { createConditions, type Conditions } from '../conditions.ts';
import { selectReport } from '../selections.ts';
import { tidy } from '../literals.ts';
import { timestampOfMs } from '../timestamps.ts';
import { readPage, readRows, toPage, type List } from './page-rows.ts';
import { search, stepRows, type Searched } from './search.ts';

/** A list along (received_at, report_no), newest first; `report_by_time` and `report_by_ap` hold both. */
const positionOf = (row: Row): Position => [Number(row['received_at']), Number(row['report_no'])];
const order = 'report.received_at DESC, report.report_no DESC';

/** @param budgetMs how long reports of a profile are searched for. */
export async function reports(
  asking: Asking,
  page: PageQuery,
  filter: ReportFilter,
  budgetMs = 1_000,
): Promise<Page<ReportItem>> {
  if (filter.profile === undefined) return readPage(asking, listOf(filter, page.after), page);
  const found = await search(searched(asking, filter), page, budgetMs);
  return toPage(found, listOf(filter, page.after), page);
}

function listOf(filter: ReportFilter, after: Position | undefined): List<ReportItem> {
  return {
    select: selectReport,
    where: conditionsOf(filter, after),
    order,
    texts: ['profile', 'remote'],
    toItem: toReportItem,
    positionOf,
  };
}

/** What an index bounds. */
function conditionsOf({ ap, sinceMs, untilMs }: ReportFilter, after: Position | undefined): Conditions {
  const where = createConditions();
  if (ap !== undefined) where.add(`ap = ${where.value(ap)}`);
  if (sinceMs !== undefined)
    where.add(`report.received_at >= ${where.value(timestampOfMs(Math.ceil(sinceMs)))}`);
  if (after !== undefined) where.add(`(report.received_at, report.report_no) < ${placeOf(where, after)}`);
  else if (untilMs !== undefined)
    where.add(`report.received_at < ${where.value(timestampOfMs(Math.ceil(untilMs)))}`);
  return where;
}

function searched(asking: Asking, filter: ReportFilter): Searched {
  return {
    async stepEnd(after) {
      const where = conditionsOf(filter, after);
      const [row] = await asking.query(
        `${selectReport} WHERE ${where.sql} ORDER BY ${order} LIMIT 1 OFFSET ${stepRows - 1}`,
        where.values,
      );
      return row && positionOf(row);
    },
    matches(after, upTo, rows) {
      const list = listOf(filter, after);
      const { where } = list;
      if (upTo !== undefined) where.add(`(report.received_at, report.report_no) >= ${placeOf(where, upTo)}`);
      where.add(`profile = ${where.value(tidy(filter.profile ?? ''))}`);
      return readRows(asking, list, rows);
    },
  };
}

function placeOf(where: Conditions, [receivedAt = 0, reportNo = 0]: Position): string {
  return `(${where.value(timestampOfMs(receivedAt))}::timestamptz, ${where.value(reportNo)}::bigint)`;
}

/** The row of `report_id`: in which day a report lies, so that no other one is searched. */
async function findReport(asking: Asking, id: string): Promise<readonly unknown[] | undefined> {
  const [row] = await asking.query('SELECT report_no, day_no FROM report_id WHERE id = $1', [id]);
  return row && [row['report_no'], row['day_no']];
}

export async function report(asking: Asking, id: string): Promise<ReportDetail | undefined> {
  const key = await findReport(asking, id);
  if (key === undefined) return undefined;
  const count = (table: 'sighting' | 'departure'): string =>
    `(SELECT count(*) FROM ${table} WHERE report_no = $1 AND day_no = $2)`;
  const [row] = await asking.query(`${selectReport} WHERE report_no = $1 AND day_no = $2`, key);
  const [counts] = await asking.query(
    `SELECT ${count('sighting')} AS sightings, ${count('departure')} AS departures`,
    key,
  );
  return (
    row && {
      ...toReportItem(row),
      newSightings: Number(counts?.['sightings']),
      newDepartures: Number(counts?.['departures']),
    }
  );
}

/**
 * The bytes as they came.
 *
 * @throws {StoreError} when they are damaged.
 */
export async function reportBody(asking: Asking, id: string): Promise<Uint8Array | undefined> {
  const key = await findReport(asking, id);
  if (key === undefined) return undefined;
  const [row] = await asking.query(
    'SELECT profile, body_bytes, body FROM report WHERE report_no = $1 AND day_no = $2',
    key,
  );
  try {
    return row && unpack(row, id);
  } catch (cause) {
    if (!(cause instanceof DamagedReport)) throw cause;
    throw damaged(cause);
  }
}

function damaged(cause: DamagedReport): StoreError {
  return new StoreError(
    `Report ${cause.report} is damaged (${cause.message}): 'northbound verify' finds what else is, and a backup may have it whole.`,
    { cause },
  );
}
