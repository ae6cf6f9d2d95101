/** The bytes of a report as they came, or why they cannot be had. */
import { zstdDecompressSync } from 'node:zlib';
import { messageOf } from '../error-message.ts';
import { reportId } from '../report-id.ts';
import type { Row } from './rows.ts';

/** What is kept of a report is not what came. The message says what is wrong, `report` which one it is. */
export class DamagedReport extends Error {
  override name = 'DamagedReport';
  readonly report: string;

  constructor(report: string, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.report = report;
  }
}

/**
 * The body in a row with `profile`, `body_bytes` and `body`, which is compressed with zstd.
 *
 * @throws {DamagedReport} when it is not the body of that id.
 */
export function unpack(row: Row, id: string): Buffer {
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

/**
 * What is wrong with the body in such a row; `undefined` when it is whole.
 */
export function faultOfBody(row: Row, id: string): string | undefined {
  try {
    const { length } = unpack(row, id);
    const bytes = Number(row['body_bytes']);
    return length === bytes ? undefined : `the body has ${length} bytes, and ${bytes} were stored`;
  } catch (error) {
    if (!(error instanceof DamagedReport)) throw error;
    return error.message;
  }
}
