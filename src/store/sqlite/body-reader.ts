import type { DatabaseSync } from 'node:sqlite';
import { messageOf } from '../../error-message.ts';
import { DamagedReport, unpack } from '../report-body.ts';
import type { Row } from '../rows.ts';
import { isUnreadable } from './failures.ts';

/** The body of the report of that number and id; `undefined` when it is gone, say because it grew old meanwhile. */
export type BodyReader = (reportNo: number, id: string) => Buffer | undefined;

/**
 * Prepares the statement once. The reader checks each body against the id, so that no other bytes are ever taken for those that
 * came: it throws a `DamagedReport` in their place.
 */
export function prepareBody(database: DatabaseSync): BodyReader {
  // A number may be given once more when all reports have grown old, an id never.
  const select = database.prepare(
    'SELECT profile, body_bytes, body FROM report WHERE report_no = ? AND id = ?',
  );
  return (reportNo, id) => {
    let row: Row | undefined;
    try {
      row = select.get(reportNo, Buffer.from(id, 'hex'));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      throw new DamagedReport(id, `the body cannot be read: ${messageOf(error)}`, { cause: error });
    }
    return row && unpack(row, id);
  };
}
