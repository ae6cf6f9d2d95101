/** The database as a reader sees it: another process than the one that writes, or none does. */
import { accessSync, constants, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '../../configuration-error.ts';
import { StoreError } from '../store.ts';
import {
  assertReadable,
  assertUsablePath,
  busyTimeoutMs,
  explain,
  readVersion,
  reportsLayout,
  type Layout,
} from './database.ts';
import { hasForeignLog, hasLog } from './foreign-log.ts';

/**
 * Opens a store that exists, to read it; safe while a receiver serves it. Neither the database nor its log is changed, and
 * no file stays behind. The caller closes it.
 *
 * @throws {ConfigurationError} when there is no such file, it may not be read, or it is another program's.
 * @throws {StoreError} when it is damaged, without any table, or made by a newer Northbound.
 */
export function openForReading(file: string, layout: Layout = reportsLayout): DatabaseSync {
  assertReadablePath(file, layout);
  let database: DatabaseSync | undefined;
  try {
    database = open(file);
    if (readVersion(database, file, layout) > 0) return database;
    throw new StoreError(`${file} is empty: no receiver ever stored anything in it`);
  } catch (error) {
    database?.close();
    throw explain(error, file, layout);
  }
}

function assertReadablePath(file: string, { setting }: Layout): void {
  const says = (text: string): ConfigurationError => new ConfigurationError([`${setting(file)} ${text}`]);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw says('is not there: name the file of a store');
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw says('may not be read by this user: give it the file');
  }
}

function open(file: string): DatabaseSync {
  // A backup in place of a store, before its first start: read as if the log of the other store were not there.
  if (hasForeignLog(file)) {
    const url = pathToFileURL(file);
    url.search = 'immutable=1';
    return new DatabaseSync(url, { readOnly: true });
  }
  if (hasLog(file)) return new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
  // A read-only connection would leave an empty log behind; one that could write removes it at its end.
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  database.exec('PRAGMA query_only = ON');
  return database;
}

/** What `check` looks for in a file. */
interface Subject {
  readonly layout: Layout;
  /** The query for how many there are, as `n`. */
  readonly counting: string;
  /** What they are called. */
  readonly what: string;
}

const reports: Subject = {
  layout: reportsLayout,
  // A count would read the whole table.
  counting: 'SELECT max(report_no) AS n FROM report',
  what: 'reports',
};

/**
 * What a look at the file finds, for `check`.
 *
 * @throws as `openDatabase` does.
 */
export function inspectDatabase(file: string, { layout, counting, what }: Subject = reports): string {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return `${file}, made at the first start`;
  assertUsablePath(file, layout);
  using database = openForReading(file, layout);
  try {
    const version = readVersion(database, file, layout);
    assertReadable(database);
    const count = Number(database.prepare(counting).get()?.['n'] ?? 0);
    return `${file}, tables at step ${version} of ${layout.migrations.length}, ${count} ${what}`;
  } catch (error) {
    throw explain(error, file, layout);
  }
}

/**
 * How many reports were stored before a moment, by the times that were kept; none where there is no store yet.
 *
 * @throws as `openDatabase` does.
 */
export function countOlderReports(file: string, storedBeforeMs: number): number {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return 0;
  using database = openForReading(file);
  try {
    const count = database.prepare(
      'SELECT count(*) AS n FROM report WHERE report_no <= (SELECT max(report_no) FROM kept_time WHERE kept_at < ?)',
    );
    return Number(count.get(storedBeforeMs)?.['n']);
  } catch (error) {
    throw explain(error, file, reportsLayout);
  }
}
