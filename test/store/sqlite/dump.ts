import { DatabaseSync } from 'node:sqlite';

/** Every row of every table but what keeps the time, numbers that the store gave included; bytes as hex digits. */
export type Dump = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** The keys by which each table is in order. */
const tables = {
  ap: 'ap_id',
  report: 'report_no',
  device: 'mac',
  sighting: 'device, last_seen, ap_id',
  departure: 'device, last_seen, ap_id, event',
  device_count: 'ap_id, class',
  total: 'total_no',
} as const;

/** What the file holds this moment, trailing rows or not. */
export function dumpFile(file: string): Dump {
  using database = new DatabaseSync(file, { readOnly: true });
  return dump(database);
}

export function dump(database: DatabaseSync): Dump {
  return Object.fromEntries(
    Object.entries(tables).map(([table, key]) => [
      table,
      database.prepare(`SELECT * FROM ${table} ORDER BY ${key}`).all().map(readable),
    ]),
  );
}

function readable(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    ]),
  );
}

/** Where the rows stand: those of reports up to a number are in, and which report is the newest. */
export function progress(file: string): { readonly rowsUpTo: number; readonly newest: number } {
  using database = new DatabaseSync(file, { readOnly: true });
  const row = database
    .prepare('SELECT rows_up_to, (SELECT coalesce(max(report_no), 0) FROM report) AS newest FROM total')
    .get();
  return { rowsUpTo: Number(row?.['rows_up_to']), newest: Number(row?.['newest']) };
}

/** The totals that are kept, and those that are counted now. */
export function totals(file: string): { readonly kept: unknown; readonly counted: unknown } {
  using database = new DatabaseSync(file, { readOnly: true });
  const names = ['report', 'sighting', 'departure', 'device'];
  const kept = database.prepare(`SELECT ${names.map((name) => `${name}s`).join(', ')} FROM total`).get();
  const counted = database
    .prepare(`SELECT ${names.map((name) => `(SELECT count(*) FROM ${name}) AS ${name}s`).join(', ')}`)
    .get();
  return { kept: { ...kept }, counted: { ...counted } };
}
