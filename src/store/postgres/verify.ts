/**
 * Whether a database is whole, as far as Northbound wrote it: every body against its report's id, the ids against the reports, what
 * refers to what, and the totals. The server's own files are for its own tools (`pg_amcheck`, checksums).
 *
 * Safe beside receivers: a day is read at a time, in short transactions.
 */
import type { StoredReport } from '../direct-reader.ts';
import { DamagedReport } from '../report-body.ts';
import type { Row } from '../rows.ts';
import type { Counts, Part, VerifyObserver } from '../verify.ts';
import { reports } from './pages/reports.ts';
import { openReading, type ReadOnce } from './reading.ts';

const everMs = 8_640_000_000_000_000;

/** Of each kind and day so many are told, so that a day that is lost does not fill the memory. */
const maxFaultsOfQuery = 10_000;

/**
 * Reads the whole store, tells the observer of every fault, and changes nothing. Reports that are stored after it began may be left
 * out.
 *
 * @throws {ConfigurationError | StoreError} when there is nothing to verify, or the server cannot be read on.
 */
export async function verifyPostgres(url: string, observer: VerifyObserver): Promise<Counts> {
  const { read, close } = await openReading(url);
  try {
    const days = await findDays(read);
    return {
      structure: await verifyStructure(read, days, observer),
      reports: await verifyReports(read, observer),
      sightings: await verifyDays(read, days, { part: 'sightings', table: 'sighting', observer }),
      departures: await verifyDays(read, days, { part: 'departures', table: 'departure', observer }),
      'device counts': await verifyCounts(read, observer),
    };
  } finally {
    await close();
  }
}

/** Those whose rows are there; what refers to a day that was dropped goes by and by. */
async function findDays(read: ReadOnce): Promise<number[]> {
  const rows = await ask(read, 'SELECT day_no FROM day WHERE NOT dropped ORDER BY day_no');
  return rows.map((row) => Number(row['day_no']));
}

/** @returns how many tables there are of the days. */
async function verifyStructure(
  read: ReadOnce,
  days: readonly number[],
  observer: VerifyObserver,
): Promise<number> {
  const part = 'structure';
  for (const [index, day] of days.entries()) {
    observer.advanced(part, index, days.length);
    await verifyIds(read, day, observer);
    for (const table of ['report', 'sighting', 'departure']) {
      const [total] = await ask(read, `${selectTotal(table)} WHERE ${isThere}`, [day]);
      if (total !== undefined && total['told'] !== total['counted'])
        observer.found({
          part,
          detail: `day ${day} has ${String(total['counted'])} rows in ${table}, and ${String(total['told'])} are told`,
        });
    }
  }
  const [tables] = await ask(
    read,
    `SELECT count(*) AS n FROM pg_inherits WHERE inhparent IN ('report'::regclass, 'sighting'::regclass, 'departure'::regclass)`,
  );
  return Number(tables?.['n']);
}

async function verifyIds(read: ReadOnce, day: number, { found }: VerifyObserver): Promise<void> {
  const part = 'structure';
  const limit = `LIMIT ${maxFaultsOfQuery}`;
  for (const { id } of await ask(read, `${selectLostIds} AND ${isThere} ${limit}`, [day]))
    found({ part, report: String(id), detail: 'its id is known, and the report is not there' });
  for (const { id } of await ask(read, `${selectUnknownReports} ${limit}`, [day]))
    found({ part, report: String(id), detail: 'its id is not known: it could be stored twice' });
}

/** A day that was dropped meanwhile is none to find fault with. */
const isThere = 'EXISTS (SELECT 1 FROM day WHERE day_no = $1 AND NOT dropped)';

const idOf = (row: string): string => `replace(${row}.id::text, '-', '') AS id`;

const selectLostIds = `
  SELECT ${idOf('report_id')} FROM report_id WHERE day_no = $1 AND NOT EXISTS (
    SELECT 1 FROM report WHERE report.report_no = report_id.report_no AND report.day_no = $1 AND report.id = report_id.id
  )`;

const selectUnknownReports = `
  SELECT ${idOf('report')} FROM report WHERE day_no = $1 AND NOT EXISTS (
    SELECT 1 FROM report_id WHERE report_id.id = report.id AND report_id.report_no = report.report_no AND report_id.day_no = $1
  )`;

const selectTotal = (table: string): string => `
  SELECT (SELECT count(*) FROM ${table} WHERE day_no = $1) AS counted,
    (SELECT coalesce(sum(${table}s), 0)::bigint FROM total WHERE day_no = $1) AS told`;

async function verifyReports(read: ReadOnce, observer: VerifyObserver): Promise<number> {
  const part = 'reports';
  const [total] = await ask(read, 'SELECT coalesce(sum(reports), 0) AS n FROM total');
  let done = 0;
  for await (const page of reports(read, { sinceMs: 0, untilMs: everMs })) {
    for (const each of page) {
      const detail = await faultOf(each);
      if (detail !== undefined) observer.found({ part, report: each.id, detail });
      done += 1;
    }
    observer.advanced(part, done, Number(total?.['n']));
  }
  return done;
}

async function faultOf({ readBody, bodyBytes }: StoredReport): Promise<string | undefined> {
  try {
    const body = await readBody();
    if (body === undefined || body.length === bodyBytes) return undefined;
    return `the body has ${body.length} bytes, and ${bodyBytes} were stored`;
  } catch (error) {
    if (!(error instanceof DamagedReport)) throw error;
    return error.message;
  }
}

interface Referring {
  readonly part: Part;
  readonly table: 'sighting' | 'departure';
  readonly observer: VerifyObserver;
}

/** Whether each row of a day refers to an AP and to a device that is there. */
async function verifyDays(
  read: ReadOnce,
  days: readonly number[],
  { part, table, observer }: Referring,
): Promise<number> {
  let done = 0;
  for (const day of days) {
    const missing = (what: 'ap' | 'device'): string =>
      `SELECT ${table}.device::text AS device, ${table}.ap::text AS ap, last_seen::text AS last_seen, '${what}' AS missing FROM ${table}
       WHERE day_no = $1 AND NOT EXISTS (SELECT 1 FROM ${what} AS known WHERE known.mac = ${table}.${what})`;
    const faults = await ask(
      read,
      `(${missing('ap')} LIMIT ${maxFaultsOfQuery}) UNION ALL (${missing('device')} LIMIT ${maxFaultsOfQuery})`,
      [day],
    );
    for (const row of faults) observer.found({ part, detail: describe(row) });
    const [count] = await ask(read, `SELECT count(*) AS n FROM ${table} WHERE day_no = $1`, [day]);
    done += Number(count?.['n']);
    observer.advanced(part, done);
  }
  return done;
}

async function verifyCounts(read: ReadOnce, { found }: VerifyObserver): Promise<number> {
  const part = 'device counts';
  const lost = await ask(
    read,
    `SELECT ap::text AS ap, class FROM device_count WHERE NOT EXISTS (SELECT 1 FROM ap WHERE ap.mac = device_count.ap)
     LIMIT ${maxFaultsOfQuery}`,
  );
  for (const row of lost)
    found({ part, detail: `ap ${String(row['ap'])}, class ${String(row['class'])}: there is no such AP` });
  const [count] = await ask(read, 'SELECT count(*) AS n FROM device_count');
  return Number(count?.['n']);
}

/** `device 06:00:00:00:00:01, last_seen 2026-11-20 17:00:00+00, ap 02:00:00:00:00:01: there is no such device` */
function describe(row: Row): string {
  const { device, last_seen: lastSeen, ap, missing } = row;
  const key = `device ${String(device)}, last_seen ${String(lastSeen)}, ap ${String(ap)}`;
  return `${key}: there is no such ${missing === 'ap' ? 'AP' : 'device'}`;
}

function ask(read: ReadOnce, sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  return read((asking) => asking.query(sql, values));
}
