import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigurationError } from '../../configuration-error.ts';
import { isSystemError } from '../../system-error.ts';
import { StoreError } from '../store.ts';
import { isDamage, isMisplaced, isSqliteError, wayOnFromDamage } from './failures.ts';
import { hasLog, setForeignLogAside, syncDirectory } from './foreign-log.ts';
import { defineStepFunctions, migrations } from './migrations.ts';

/** What is to be in a file, and how messages call it. */
export interface Layout {
  /** Marks a file as one of these. [https://sqlite.org/pragma.html#pragma_application_id] */
  readonly applicationId: number;
  /** The tables, as numbered steps; `user_version` counts those that a file has taken. */
  readonly migrations: readonly string[];
  /** What the operator set, or could set, to lead to the file. */
  readonly setting: (file: string) => string;
}

/** The store's own file: "Nrth" in ASCII. */
export const reportsLayout: Layout = {
  applicationId: 0x4e727468,
  migrations,
  setting: (file) => `NORTHBOUND_STORE=sqlite:${file}`,
};

/** How long a statement waits for a foreign reader or writer, say an open `sqlite3` shell. */
export const busyTimeoutMs = 5_000;

/** A foreign reader may hold up the first checkpoint for a minute; each attempt waits for `busyTimeoutMs`. */
const checkpointAttempts = 12;

/** Rows of one batch lie far apart: with SQLite's 2 MiB a page is read and given up several times in one commit. */
const cacheKibibytes = 32 * 1024;

/** A log that grew while a reader held on to it, say a backup, is cut to this when it begins anew. */
const maxIdleLogBytes = 16 * 1024 * 1024;

/** `synchronous` as PRAGMA reads it back: every commit waits for an fsync of the write-ahead log. */
const full = 2;

/**
 * Opens the database, brings its tables up to date, and makes durable what a crash left behind.
 * Promises 1 and 5 of the port rest on what happens here, in this order.
 *
 * @throws {ConfigurationError} when the path is wrong or a permission is missing.
 * @throws {StoreError} when the file is damaged, foreign, or made by a newer Northbound.
 */
export function openDatabase(file: string, layout: Layout = reportsLayout): DatabaseSync {
  assertUsablePath(file, layout);
  try {
    setForeignLogAside(file);
    lookBeforeWriting(file, layout);
    const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
    prepare(database, file, layout);
    return database;
  } catch (error) {
    throw explain(error, file, layout);
  }
}

/**
 * A connection that may write moves the log into the file when it ends, whatever it met there. So a file that is damaged,
 * or newer than this Northbound, is found by one that may not: it stays as it is, for whoever recovers it.
 */
function lookBeforeWriting(file: string, layout: Layout): void {
  if (!hasLog(file)) return;
  using database = new DatabaseSync(file, { readOnly: true, timeout: busyTimeoutMs });
  readVersion(database, file, layout);
  assertReadable(database);
}

function prepare(database: DatabaseSync, file: string, layout: Layout): void {
  const version = readVersion(database, file, layout);
  // Before the first table, or it has no effect: space goes back to the file system in small steps later.
  if (version === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  // Checkpoints are called by name, because SQLite keeps quiet about an fsync that fails in one of its own.
  database.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF');
  database.exec(`PRAGMA cache_size = -${cacheKibibytes}`);
  database.exec(`PRAGMA journal_size_limit = ${maxIdleLogBytes}`);
  migrate(database, layout, version);
  // What a step took away that an earlier one had made: a new file has no page too many.
  if (version === 0) database.exec('PRAGMA incremental_vacuum');
  assertReadable(database);
  assertDurable(database, file, layout);
  checkpointCompletely(database, file);
  syncDirectory(path.dirname(file));
}

/** @throws {ConfigurationError} when there is no directory for the file, or this user may not write there. */
export function assertUsablePath(file: string, { setting }: Layout): void {
  const folder = path.dirname(file);
  const says = (text: string): ConfigurationError => new ConfigurationError([`${setting(file)} ${text}`]);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) throw says(`leads nowhere: ${folder} is no directory, make it or name another`);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw says('is a directory: name a file in it, for instance northbound.db');
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    if (statSync(file, { throwIfNoEntry: false })) accessSync(file, constants.R_OK | constants.W_OK);
  } catch {
    throw says('may not be written by this user: give it the file and its directory');
  }
}

/**
 * How many steps the tables have taken.
 *
 * @throws {ConfigurationError} when the file is another program's.
 * @throws {StoreError} when a newer Northbound made it.
 */
export function readVersion(database: DatabaseSync, file: string, layout: Layout): number {
  const { applicationId, migrations: steps, setting } = layout;
  const id = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  const tables = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'];
  if (id !== applicationId && (id !== 0 || version !== 0 || tables !== 0))
    throw new ConfigurationError([`${setting(file)} is the database of another program: name another file`]);
  if (version > steps.length)
    throw new StoreError(
      `${file} was written by a newer Northbound (its tables are at step ${version}, this one knows ` +
        `${steps.length}): start the newer one, or name another file`,
    );
  return version;
}

function migrate(database: DatabaseSync, { applicationId, migrations: steps }: Layout, from: number): void {
  defineStepFunctions(database);
  for (const [index, sql] of steps.entries()) {
    if (index < from) continue;
    database.exec(
      `BEGIN IMMEDIATE; ${sql}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${index + 1}; COMMIT`,
    );
  }
}

/** Reads the root of every table and index, so that a damaged file is found before an AP is answered. */
export function assertReadable(database: DatabaseSync): void {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  for (const { name } of tables) database.prepare(`SELECT 1 FROM "${String(name)}" LIMIT 1`).get();
}

/** Settings are silently ignored in some states of a connection: read back, after the first table access. */
function assertDurable(database: DatabaseSync, file: string, { setting }: Layout): void {
  const mode = database.prepare('PRAGMA journal_mode').get()?.['journal_mode'];
  if (mode !== 'wal')
    throw new ConfigurationError([
      `${setting(file)} cannot keep a write-ahead log (journal_mode is ${String(mode)}): ` +
        'name a file on a local file system',
    ]);
  if (pragma(database, 'synchronous') !== full)
    throw new StoreError(`${file}: synchronous=FULL did not take effect`);
}

/**
 * Moves the whole log into the database file and syncs both. After a crash between a write and its fsync the log's rows may
 * live in the page cache only; a duplicate answered from them would be a broken promise.
 */
function checkpointCompletely(database: DatabaseSync, file: string): void {
  const statement = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  for (let attempt = 0; attempt < checkpointAttempts; attempt += 1)
    if (statement.get()?.['busy'] === 0) return;
  throw new StoreError(
    `${file} is held by another program, so its log cannot be made durable: close that program`,
  );
}

/** Copies what the log holds into the database file, as far as no reader needs the old pages. Waits for nobody. */
export function checkpoint(database: DatabaseSync): void {
  database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** What is thrown in place of an error of SQLite or of the system, for an operator to read. Any other error stays as it is. */
export function explain(error: unknown, file: string, { setting }: Layout): unknown {
  if (isDamage(error))
    return new StoreError(
      `${file} is damaged (${(error as Error).message}). Nothing was changed. ${wayOnFromDamage}`,
      { cause: error },
    );
  if (isMisplaced(error))
    return new ConfigurationError(
      [`${setting(file)} cannot be opened (${(error as Error).message}): check path and permissions`],
      { cause: error },
    );
  if (isSqliteError(error) || isSystemError(error))
    return new StoreError(
      `${file} cannot be opened (${(error as Error).message}): look at the disk, its space and the system's log, ` +
        'then start again',
      { cause: error },
    );
  return error;
}
