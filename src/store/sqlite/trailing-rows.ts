import type { DatabaseSync } from 'node:sqlite';
import type { PackedRows } from '../../rows/format.ts';
import type { Trailing } from './trail.ts';
import type { ReportNumber } from './report-appender.ts';
import { createRowBacklog, type RowBacklog } from './row-backlog.ts';
import { createRowMerger, prepareRowStatements, type RowMerger } from './row-merger.ts';

/**
 * With so many rows the pages that a merge changes hold some fifty new rows each, and a row costs a third of what it does in a batch
 * of its own. More would gain little, and readers would wait longer.
 */
const rowsWorthMerging = 100_000;
/** Rows wait no longer than this for others to be merged with. */
const maxWaitMs = 1_000;
/** A step takes about as long as a batch of reports. */
const leastRowsOfStep = 4_000;
/** A merge is done before the next one is due: each step takes more than what came since the last one. */
const rowsOfStepPerNewRow = 1.25;

/**
 * The rows of reports that are kept, which trail them.
 *
 * When few reports come at a time their rows are put in by the transaction that keeps them. Under load that would be the greatest part
 * of its work, since each row changes a page of its own: so rows are gathered and merged by the thousands, a few devices at a time
 * between two batches.
 */
export interface TrailingRows extends Trailing {
  /** Of a report of the batch that is under way. */
  add(told: ReportNumber, packed: PackedRows): void;
}

export function createTrailingRows(database: DatabaseSync): TrailingRows {
  const statements = prepareRowStatements(database);
  /** Those of the batch that is under way. */
  let batch: (readonly [ReportNumber, PackedRows])[] = [];
  let [backlog, merging] = [createRowBacklog(), createRowBacklog()];
  let merger: RowMerger | undefined;
  let waitingSinceMs = 0;
  let rowsSinceStep = 0;
  let [newest, mergedUpTo] = [0, 0];

  const startMerging = (): void => {
    [backlog, merging] = [merging, backlog];
    rowsSinceStep = 0;
    merger = createRowMerger(statements, merging);
  };
  const gather = (into: RowBacklog): void => {
    for (const [told, packed] of batch) into.add(told, packed);
  };
  return {
    add: (told, packed) => void batch.push([told, packed]),
    size: () => backlog.size() + (merger?.left() ?? 0),
    newest: () => newest,
    mergedUpTo: () => mergedUpTo,
    isDue(nowMs) {
      if (merger !== undefined) return true;
      if (backlog.size() === 0) return false;
      return backlog.size() >= rowsWorthMerging || nowMs - waitingSinceMs >= maxWaitMs;
    },
    isPressing: () => merger !== undefined && backlog.size() >= rowsWorthMerging,
    mergeBatch() {
      const alone = createRowBacklog();
      gather(alone);
      batch = [];
      return createRowMerger(statements, alone).step(Infinity).newSightings;
    },
    keepBatch(nowMs) {
      if (batch.length === 0) return;
      if (backlog.size() === 0) waitingSinceMs = nowMs;
      const before = backlog.size();
      gather(backlog);
      newest = backlog.upToReportNo();
      rowsSinceStep += backlog.size() - before;
      batch = [];
    },
    forgetBatch: () => void (batch = []),
    step() {
      if (merger === undefined) startMerging();
      return (merger as RowMerger).step(Math.max(leastRowsOfStep, rowsSinceStep * rowsOfStepPerNewRow))
        .newSightings;
    },
    keepStep() {
      rowsSinceStep = 0;
      merger?.keep();
      if (merger?.left() !== 0) return;
      merger = undefined;
      mergedUpTo = merging.upToReportNo();
      merging.clear();
    },
    forgetStep: () => merger?.forget(),
  };
}

/**
 * Puts in what a crash left behind: the rows of reports that were kept before it. To be called before the first batch.
 */
export function mergeLeftBehind(database: DatabaseSync): void {
  const statements = prepareRowStatements(database);
  const left = database.prepare(
    `SELECT report_no, ap_id, rows FROM report WHERE report_no > (SELECT rows_up_to FROM total) ORDER BY report_no`,
  );
  for (;;) {
    const backlog = createRowBacklog();
    for (const { report_no: reportNo, ap_id: apId, rows } of left.iterate()) {
      backlog.add({ reportNo: Number(reportNo), apId: Number(apId) }, rows as Uint8Array);
      if (backlog.size() >= rowsWorthMerging) break;
    }
    if (backlog.upToReportNo() === 0) return;
    database.exec('BEGIN IMMEDIATE');
    createRowMerger(statements, backlog).step(Infinity);
    database.exec('COMMIT');
  }
}
