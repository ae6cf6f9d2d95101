/** The bytes of a report as they came, or why they cannot be had. */
import type { DatabaseSync } from 'node:sqlite';
import { zstdDecompressSync } from 'node:zlib';
import { messageOf } from '../../error-message.ts';
import { reportId } from '../../report-id.ts';
import { isUnreadable } from './failures.ts';

/** What is kept of a report is not what came. The message says what is wrong, `report` which one it is. */
export class DamagedReport extends Error {
  override name = 'DamagedReport';
  readonly report: string;

  constructor(report: string, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.report = report;
  }
}

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
    let row: Readonly<Record<string, unknown>> | undefined;
    try {
      row = select.get(reportNo, Buffer.from(id, 'hex'));
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      throw new DamagedReport(id, `the body cannot be read: ${messageOf(error)}`, { cause: error });
    }
    return row && unpack(row, id);
  };
}

/**
 * The body in a row with `profile`, `body_bytes` and `body`.
 *
 * @throws {DamagedReport} when it is not the body of that id.
 */
export function unpack(row: Readonly<Record<string, unknown>>, id: string): Buffer {
  const bytes = Number(row['body_bytes']);
  let body: Buffer;
  try {
    // A damaged frame may claim any size: no more is unpacked than a whole one has.
    body = zstdDecompressSync(row['body'] as Uint8Array, { maxOutputLength: bytes + 1 });
  } catch (error) {
    throw new DamagedReport(id, `the body cannot be decompressed: ${messageOf(error)}`, { cause: error });
  }
  const actual = reportId(String(row['profile']), body);
  if (actual !== id) throw new DamagedReport(id, `profile and body have the id ${actual}`);
  return body;
}
