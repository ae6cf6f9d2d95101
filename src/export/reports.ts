import type { DatabaseSync } from 'node:sqlite';
import type { ReportItem } from '../store/items.ts';
import { macToNumber } from '../rows/mac-number.ts';
import { findApId } from '../store/sqlite/questions/ap-id.ts';
import { prepareBody } from '../store/sqlite/report-body.ts';
import { prepareTelling } from '../store/sqlite/told-rows.ts';
import { selectReport, toReportItem, type Row } from '../store/sqlite/rows.ts';
import type { Filters } from './filters.ts';
import { column, type Kind } from './kind.ts';

const pageRows = 1_000;

/** A report, and its body when it is asked for: one body is in memory at a time. */
interface StoredReport extends ReportItem {
  /**
   * The bytes as they came; `undefined` when the report is gone by now.
   *
   * @throws {DamagedReport}
   */
  readBody(): Buffer | undefined;
}

/**
 * The reports in the order in which they came; `since` and `until` mean when that was, `device` those that told a sighting or a departure
 * of it first.
 */
export const reports: Kind<StoredReport> = {
  filters: ['since', 'until', 'device', 'ap', 'profile'],
  columns: [
    column('id', 32),
    column('receivedAt', 24),
    column('profile', 12),
    column('source'),
    column('remote', 15),
    column('ap', 17),
    column('observations', 12),
    column('bodyBytes', 9),
  ],
  pages,
  toJson: ({ id, profile, source, receivedAt, remote, readBody }) => {
    // The journey let nothing through that is not UTF-8, so that the text has the very bytes that came.
    const body = readBody()?.toString();
    return body === undefined ? undefined : { id, profile, source, receivedAt, remote, body };
  },
};

function* pages(database: DatabaseSync, filters: Filters): Generator<readonly StoredReport[]> {
  const readPage = preparePage(database, filters);
  const tells = prepareWanted(database, filters);
  const readBody = prepareBody(database);
  const isWanted = (row: Row): boolean =>
    (filters.profile ?? row['profile']) === row['profile'] && tells(Number(row['report_no']));
  const toStored = (row: Row): StoredReport => {
    const item = toReportItem(row);
    return { ...item, readBody: () => readBody(Number(row['report_no']), item.id) };
  };
  for (let rows = readPage(); rows.length > 0; rows = readPage(rows.at(-1)))
    yield rows.filter(isWanted).map(toStored);
}

/** A function that reads the rows after a row, or the first ones, without what was stored since it was prepared. */
function preparePage(database: DatabaseSync, { ap, sinceMs, untilMs }: Filters): (after?: Row) => Row[] {
  const newest = Number(
    database.prepare('SELECT max(report_no) AS newest FROM report').get()?.['newest'] ?? 0,
  );
  const apId = ap === undefined ? null : findApId(database, ap);
  if (apId === undefined) return () => [];
  // The + keeps SQLite from going by the number, and sorting.
  const select = database.prepare(
    `${selectReport} WHERE ${apId === null ? '?1 IS NULL' : 'report.ap_id = ?1'}
       AND (received_at, report_no) > (?2, ?3) AND received_at < ?4 AND +report_no <= ?5
     ORDER BY received_at, report_no LIMIT ${pageRows}`,
  );
  return (after) =>
    select.all(
      apId,
      Number(after?.['received_at'] ?? sinceMs),
      Number(after?.['report_no'] ?? 0),
      untilMs,
      newest,
    );
}

/** Whether a report told of the device that was asked for. */
function prepareWanted(database: DatabaseSync, { device }: Filters): (reportNo: number) => boolean {
  return device === undefined ? () => true : prepareTelling(database, macToNumber(device));
}
