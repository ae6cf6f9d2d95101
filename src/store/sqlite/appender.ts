import type { DatabaseSync } from 'node:sqlite';
import type { Receipt } from '../../report.ts';
import type { Parcel } from './parcel.ts';
import { createReportAppender } from './report-appender.ts';
import { createTrailingRows, type TrailingRows } from './trailing-rows.ts';

/** Puts the reports of a batch into the tables, inside a transaction that the caller opened and will commit. */
export interface Appender {
  /** Begins a batch. What another one did not finish is forgotten. */
  begin(): void;
  /** Puts one report in, its rows apart; an error undoes no more than the caller does. */
  apply(parcel: Parcel): Receipt['status'];
  /** Puts in what the reports of the batch have in common. */
  finish(): void;
  /** The rows of the batch, and of those before. */
  readonly trailing: TrailingRows;
}

/** Prepares the statements once. Reports must be appended one at a time. */
export function createAppender(database: DatabaseSync): Appender {
  const { begin, apply, finish } = createReportAppender(database);
  const trailing = createTrailingRows(database);
  return {
    begin() {
      begin();
      trailing.forgetBatch();
    },
    apply(parcel) {
      const told = apply(parcel);
      if (told === undefined) return 'duplicate';
      trailing.add(told, parcel.rows);
      return 'stored';
    },
    finish,
    trailing,
  };
}
