import type { DatabaseSync } from 'node:sqlite';
import type { ReportItem } from '../../items.ts';
import { fillPage, rowsOf, type Page, type PageQuery, type Position } from '../../page.ts';
import type { ReportDetail, ReportFilter } from '../../reader.ts';
import { StoreError } from '../../store.ts';
import { DamagedReport } from '../../report-body.ts';
import { prepareBody } from '../body-reader.ts';
import { toReportItem, type Row } from '../../rows.ts';
import { selectReport } from '../selections.ts';
import { countToldFirst } from '../told-rows.ts';
import { findApId } from './ap-id.ts';
import type { Condition } from './condition.ts';
import { search, stepRows, type Found, type Searched } from './search.ts';

/** A list along (received_at, report_no), newest first; `report_by_time` and `report_by_ap` hold both. */
const positionOf = (row: Row): Position => [Number(row['received_at']), Number(row['report_no'])];
const newestFirst = 'ORDER BY received_at DESC, report_no DESC';

/** Before any report there can be, and behind the last one. */
const begin: Position = [Number.MAX_SAFE_INTEGER, 0];
const end: Position = [Number.MIN_SAFE_INTEGER, 0];

/** @param budgetMs how long reports of a profile are searched for. */
export function reports(
  database: DatabaseSync,
  page: PageQuery,
  filter: ReportFilter,
  budgetMs = 1_000,
): Page<ReportItem> {
  return fillPage(matchingReports(database, page, filter, budgetMs), page, {
    toItem: toReportItem,
    positionOf,
  });
}

function matchingReports(
  database: DatabaseSync,
  page: PageQuery,
  filter: ReportFilter,
  budgetMs: number,
): Found {
  const apId = filter.ap === undefined ? undefined : findApId(database, filter.ap);
  if (filter.ap !== undefined && apId === undefined) return [].values();
  const span = spanOf(filter, apId);
  const start = filter.untilMs === undefined ? begin : [filter.untilMs, 0];
  if (filter.profile !== undefined)
    return search({ ...searched(database, span, filter.profile), start }, page, budgetMs);
  return database
    .prepare(`${selectReport} WHERE ${span.sql} ${newestFirst} LIMIT ?`)
    .iterate(...span.values, ...bounds(page.after ?? start), rowsOf(page));
}

/** What an index bounds; the position that it starts behind comes last. */
function spanOf({ sinceMs = 0 }: ReportFilter, apId: number | undefined): Condition {
  const ofAp = apId === undefined ? [] : [apId];
  const sql = `${apId === undefined ? '' : 'ap_id = ? AND '}received_at >= ? AND (received_at, report_no) < (?, ?)`;
  return { sql, values: [...ofAp, Math.ceil(sinceMs)] };
}

function searched(database: DatabaseSync, span: Condition, profile: string): Omit<Searched, 'start'> {
  const step = database.prepare(
    `SELECT received_at, report_no FROM report WHERE ${span.sql} ${newestFirst} LIMIT 1 OFFSET ${stepRows - 1}`,
  );
  const matching = database.prepare(
    `${selectReport} WHERE ${span.sql} AND (received_at, report_no) >= (?, ?) AND profile = ? ${newestFirst} LIMIT ?`,
  );
  return {
    end,
    stepEnd(after) {
      const row = step.get(...span.values, ...bounds(after));
      return row && positionOf(row);
    },
    matches: (after, upTo, rows) =>
      matching.iterate(...span.values, ...bounds(after), ...bounds(upTo), profile, rows),
  };
}

function bounds([receivedAt = 0, reportNo = 0]: Position): [number, number] {
  return [receivedAt, reportNo];
}

export function report(database: DatabaseSync, id: string): ReportDetail | undefined {
  const row = database.prepare(`${selectReport} WHERE id = ?`).get(Buffer.from(id, 'hex'));
  if (row === undefined) return undefined;
  const { sightings, departures } = countToldFirst(database, Number(row['report_no']));
  return { ...toReportItem(row), newSightings: sightings, newDepartures: departures };
}

/**
 * The bytes as they came.
 *
 * @throws {StoreError} when they are damaged.
 */
export function reportBody(database: DatabaseSync, id: string): Uint8Array | undefined {
  const row = database.prepare('SELECT report_no FROM report WHERE id = ?').get(Buffer.from(id, 'hex'));
  if (row === undefined) return undefined;
  try {
    return prepareBody(database)(Number(row['report_no']), id);
  } catch (cause) {
    if (!(cause instanceof DamagedReport)) throw cause;
    throw new StoreError(
      `Report ${id} is damaged (${cause.message}): 'northbound verify' finds what else is, and a backup may have it whole.`,
      { cause },
    );
  }
}
