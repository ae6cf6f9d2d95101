import type { DatabaseSync } from 'node:sqlite';
import type { ExportFilter, StoredReport } from '../../direct-reader.ts';
import { macToNumber } from '../../../rows/mac-number.ts';
import { toReportItem, type Row } from '../../rows.ts';
import { prepareBody } from '../body-reader.ts';
import { findApId } from '../questions/ap-id.ts';
import { selectReport } from '../selections.ts';
import { prepareTelling } from '../told-rows.ts';

const pageRows = 1_000;

/** One body is in memory at a time. */
export function* reports(database: DatabaseSync, filter: ExportFilter): Generator<readonly StoredReport[]> {
  const readPage = preparePage(database, filter);
  const { device } = filter;
  const tells = device === undefined ? () => true : prepareTelling(database, macToNumber(device));
  const readBody = prepareBody(database);
  const isWanted = (row: Row): boolean =>
    (filter.profile ?? row['profile']) === row['profile'] && tells(Number(row['report_no']));
  const toStored = (row: Row): StoredReport => {
    const item = toReportItem(row);
    return { ...item, readBody: () => readBody(Number(row['report_no']), item.id) };
  };
  for (let rows = readPage(); rows.length > 0; rows = readPage(rows.at(-1)))
    yield rows.filter(isWanted).map(toStored);
}

/** A function that reads the rows after a row, or the first ones, without what was stored since it was prepared. */
function preparePage(database: DatabaseSync, { ap, sinceMs, untilMs }: ExportFilter): (after?: Row) => Row[] {
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
