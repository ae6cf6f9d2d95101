/** The bodies of a page of reports, when they are asked for: some at a time, since each would be a way to the server and back. */
import { unpack } from '../../report-body.ts';
import type { Row } from '../../rows.ts';
import type { ReadOnce } from '../reading.ts';

/** What a group of bodies may take, decompressed; one always fits. */
const maxGroupBytes = 8 * 1024 * 1024;
const maxGroupReports = 200;

interface Group {
  readonly from: number;
  readonly to: number;
  /** By report number. */
  readonly rows: Promise<ReadonlyMap<string, Row>>;
}

/**
 * A function that reads the body of the report at an index; `undefined` when the report is gone by now.
 *
 * It keeps one group of bodies, those that were asked for last and their neighbours: whoever goes on in order reads each once.
 *
 * @param reports rows of `selectReport`.
 * @throws {DamagedReport}
 */
export function createBodies(
  read: ReadOnce,
  reports: readonly Row[],
): (index: number) => Promise<Buffer | undefined> {
  let group: Group | undefined;
  return async (index) => {
    if (group === undefined || index < group.from || index >= group.to)
      group = readGroup(read, reports, index);
    const { [index]: report } = reports;
    const row = (await group.rows).get(String(report?.['report_no']));
    return row && unpack(row, Buffer.from(report?.['id'] as Uint8Array).toString('hex'));
  };
}

function readGroup(read: ReadOnce, reports: readonly Row[], from: number): Group {
  let to = from;
  for (let bytes = 0; to < reports.length && to - from < maxGroupReports; to += 1) {
    bytes += Number(reports[to]?.['body_bytes']);
    if (to > from && bytes > maxGroupBytes) break;
  }
  return { from, to, rows: readBodies(read, reports.slice(from, to)) };
}

async function readBodies(read: ReadOnce, reports: readonly Row[]): Promise<ReadonlyMap<string, Row>> {
  const numbers = reports.map((report) => report['report_no']);
  const days = [...new Set(reports.map((report) => report['day_no']))];
  const rows = await read((asking) =>
    asking.query(
      `SELECT report_no, profile, body_bytes, body FROM report
       WHERE report_no = ANY ($1::bigint[]) AND day_no = ANY ($2::integer[])`,
      [numbers, days],
    ),
  );
  return new Map(rows.map((row) => [String(row['report_no']), row]));
}
